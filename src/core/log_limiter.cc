#include "core/log_limiter.h"

#include <algorithm>

namespace larder {

std::vector<LogLimiter::LeftOut> LogLimiter::take_over(SteadyTime now) {
  std::vector<LeftOut> told;
  std::erase_if(periods_, [&](Period& period) {
    if (now - period.began < kPeriod) return false;
    if (period.left_out > 0) told.push_back({std::move(period.event), period.level, period.left_out});
    return true;
  });
  return told;
}

bool LogLimiter::admits(Level level, std::string_view event, SteadyTime now) {
  Period& period = period_of(event, now);
  if (period.lines < kLines) {
    ++period.lines;
    return true;
  }
  ++period.left_out;
  period.level = level;
  return false;
}

LogLimiter::Period& LogLimiter::period_of(std::string_view event, SteadyTime now) {
  auto found = std::ranges::find(periods_, event, &Period::event);
  if (found != periods_.end()) return *found;
  if (periods_.size() >= kEvents && event != kOthers) return period_of(kOthers, now);
  periods_.push_back({.event = std::string(event), .began = now});
  return periods_.back();
}

}  // namespace larder
