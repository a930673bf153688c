// Trouble: how an origin answers one request, if not well, and how fast it sends.
//
// Values. Threads: any.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/bytes.h"
#include "simulation/random.h"
#include "simulation/workload.h"

namespace larder::simulation {

enum class Trouble {
  kNone,
  // What a good server may do too: clients have to get all of it.
  kIgnoresRange,
  kShortRange,
  kTakesLong,  // a body of unknown length, over more time than a client waits for a byte
  kDribbles,   // slow for a while, and faster than what clients leave a node for
  // What a node can do nothing about.
  kLateHead,
  kWrongStart,
  kWrongTotal,
  kUnasked304,
  kNotFound,
  kForbidden,
  kInternalError,
  kUnavailable,
  kStallsInHead,
  kStallsInBody,
  kTrickles,
  kResets,
  kEndsEarly,
  kHugeLength,  // it tells of 1 TiB to 8 EiB, and a little comes
  kEndless,     // chunks without an end
  // And what it can do something about if it has all of the object.
  kSilent,  // no answer to a condition
};

inline constexpr std::array<std::string_view, 21> kTroubleNames = {
    "none",           "ignores range", "short range", "takes long", "dribbles",     "late head",   "wrong start",
    "wrong total",    "unasked 304",   "not found",   "forbidden",  "server error", "unavailable", "stalls in head",
    "stalls in body", "trickles",      "resets",      "ends early", "huge length",  "endless",     "silent"};

constexpr std::string_view to_string(Trouble trouble) { return kTroubleNames[static_cast<std::size_t>(trouble)]; }

constexpr bool is_harmless(Trouble trouble) { return trouble < Trouble::kLateHead; }

/// What becomes of a request. `conditional`: it has a condition. `untold`: the length of the answer is not told.
Trouble draw_trouble(const Workload& work, Random& random, bool conditional, bool untold);

// Pace: how fast a body goes out.
struct Pace {
  std::uint64_t block = 256 * kKiB;
  std::chrono::microseconds pause{0};                                     // before each block
  std::chrono::microseconds slow_for = std::chrono::microseconds::max();  // from then on there are no pauses
  std::chrono::microseconds gives_up_after = std::chrono::microseconds::max();

  /// Of a body of `size` bytes.
  static Pace draw(Trouble trouble, std::uint64_t size, Random& random);
};

}  // namespace larder::simulation
