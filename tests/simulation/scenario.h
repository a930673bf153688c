// Scenario: a node with clients and origins that a test makes itself, in simulated time; nothing breaks by fate.
//
// Time passes only when nothing is left to do, so what is measured is waiting: for lines, drives, and turns in the
// node's queues. Computing takes no time.
//
// Threads    one.
#pragma once

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "core/clock.h"
#include "core/log.h"
#include "core/task.h"
#include "net/loop_time.h"
#include "simulation/node_life.h"
#include "simulation/random.h"
#include "simulation/simulated_clock.h"
#include "simulation/simulated_connector.h"
#include "simulation/simulated_disk.h"
#include "simulation/simulated_network.h"
#include "simulation/trace.h"

namespace larder::simulation {

class Scenario {
 public:
  struct Options {
    std::uint64_t seed = 1;
    std::uint64_t fill_memory = 256 * kMiB;
    unsigned drives = 2;  // of storage::kMinDriveSize
    http::ClientLimits::Limits clients;
    /// How the node's connection to the origin of that host behaves.
    std::function<Manner(const std::string& host)> origin_manner;
    /// Serves one connection at an origin.
    std::function<Task<void>(std::unique_ptr<SimulatedStream> stream)> origin;
  };

  /// With a node whose content rules name every host below `.test`.
  explicit Scenario(Options options);
  ~Scenario();

  Executor executor() { return others_.get_executor(); }
  const SimulatedClock& clock() const { return clock_; }
  SimulatedDisk& disk() { return disk_; }
  /// No drive writes anything before `until`.
  void hold_drives(SteadyTime until) { std::ranges::fill(drives_free_, until); }
  std::uint64_t trace_hash() const { return trace_.hash(); }
  const LifeCounters& lives() const { return life_counters_; }

  void spawn(Task<void> task) { tasks_.spawn(std::move(task)); }
  /// A client's connection to the node.
  std::unique_ptr<SimulatedStream> connect_to_node(const Manner& manner);
  /// A client's connection to an origin itself.
  std::unique_ptr<SimulatedStream> connect_to_origin(const Manner& manner);

  /// Whether it is in force, and kept on every drive.
  bool purge(const cache::Purge& purge) { return life_->purge(purge); }

  /// Until `done`. False: everybody waits, and nothing will ever come.
  bool run_until(const std::function<bool()>& done);
  /// The node stops, and all tasks come to their end; nobody may begin anything any more. False: they do not.
  bool wind_down();

 private:
  bool do_ready();
  bool write_to_drives();
  std::optional<SteadyTime> next_time() const;

  Options options_;
  Random random_;
  SimulatedClock clock_;
  Trace trace_{clock_, false};
  SimulatedDisk disk_;
  SimulatedNetwork network_;
  std::unique_ptr<Log> log_;
  LifeCounters life_counters_;
  std::vector<SteadyTime> drives_free_;  // when each has written what it writes
  asio::io_context others_{1};           // clients and origins
  asio::executor_work_guard<Executor> others_work_{others_.get_executor()};
  net::LoopTime& others_time_;
  TaskGroup tasks_;
  std::unique_ptr<NodeLife> life_;
};

}  // namespace larder::simulation
