// ManualClock: a clock that stands still until a test moves it.
//
// Threads    all calls from any thread.
#pragma once

#include <chrono>
#include <mutex>

#include "core/clock.h"

namespace larder::support {

class ManualClock final : public Clock {
 public:
  /// 2026-01-02 03:04:05 UTC: a time that no default has by chance.
  static constexpr WallTime kStart{std::chrono::seconds(1767323045)};

  SteadyTime now() const override {
    const std::lock_guard lock(mutex_);
    return now_;
  }
  WallTime wall() const override {
    const std::lock_guard lock(mutex_);
    return wall_;
  }

  /// Moves both clocks.
  void advance(std::chrono::nanoseconds by) {
    const std::lock_guard lock(mutex_);
    now_ += std::chrono::duration_cast<SteadyTime::duration>(by);
    wall_ += std::chrono::duration_cast<WallTime::duration>(by);
  }
  /// As when an operator or NTP sets the calendar: the steady clock is not moved.
  void set_wall(WallTime wall) {
    const std::lock_guard lock(mutex_);
    wall_ = wall;
  }

 private:
  mutable std::mutex mutex_;
  SteadyTime now_ = SteadyTime() + std::chrono::hours(1);
  WallTime wall_ = kStart;
};

}  // namespace larder::support
