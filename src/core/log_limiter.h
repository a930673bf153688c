// LogLimiter: how many lines of one event a log takes, so that what goes wrong with every request does not fill it.
//
// The first kLines of an event within kPeriod are written; further ones are counted, and told of when it is over.
//
// Threads    one at a time.
// Cost       kEvents events are told apart; beyond that they count as one.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "core/log_level.h"

namespace larder {

class LogLimiter {
 public:
  static constexpr std::uint64_t kLines = 10;
  static constexpr auto kPeriod = std::chrono::minutes(1);
  static constexpr std::size_t kEvents = 64;
  static constexpr std::string_view kOthers = "other events";

  struct LeftOut {
    std::string event;
    Level level;  // of the last line that was left out
    std::uint64_t count;
  };
  /// What was left out in the periods that are over by `now`. Each is told once.
  std::vector<LeftOut> take_over(SteadyTime now);

  /// Whether a line of `event` is to be written; if not, it is counted. REQUIRES: take_over(now) was called just now.
  bool admits(Level level, std::string_view event, SteadyTime now);

 private:
  struct Period {
    std::string event;
    SteadyTime began;
    std::uint64_t lines = 0;
    std::uint64_t left_out = 0;
    Level level = Level::kWarning;
  };
  Period& period_of(std::string_view event, SteadyTime now);

  std::vector<Period> periods_;
};

}  // namespace larder
