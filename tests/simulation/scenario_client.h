// Download: one GET of a scenario's client, and when what of it came.
//
// Threads    one.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "core/clock.h"
#include "core/task.h"
#include "simulation/simulated_network.h"

namespace larder::simulation {

struct Download {
  std::string host;
  std::string path;
  std::uint64_t begin = 0;  // where it goes on
};

// How a client behaves beside asking.
struct Behaviour {
  /// Bytes a second at most that it takes; 0: as fast as they come.
  std::uint64_t reads_at_most = 0;
  /// It goes away after so long.
  std::optional<std::chrono::milliseconds> leaves_after;
  /// As Delivery Optimization does, it gives up a server that brings less than 4,000 bytes a second within 20 s.
  bool demands_progress = false;
  /// It reads a body in chunks, whose bytes are counted with what frames them, until it leaves or is cut off. Else it
  /// goes away once it has such a head.
  bool reads_chunks = false;
};

struct Received {
  int status = 0;
  std::uint64_t bytes = 0;  // of the body
  bool complete = false;
  SteadyTime asked{};
  SteadyTime first_byte{};
  SteadyTime ended{};
};

/// Asks on `stream`, which it closes in the end.
Task<Received> download(std::unique_ptr<SimulatedStream> stream, Download what, Behaviour behaviour);

}  // namespace larder::simulation
