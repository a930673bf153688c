// SimulatedClock: time that stands still until the simulation moves it; the calendar can be set, as operators and NTP
// do.
//
// Threads    one.
#pragma once

#include <algorithm>
#include <chrono>

#include "core/clock.h"

namespace larder::simulation {

class SimulatedClock final : public Clock {
 public:
  /// 2026-01-02 03:04:05 UTC.
  static constexpr WallTime kStart{std::chrono::seconds(1767323045)};
  static constexpr SteadyTime kSteadyStart{std::chrono::hours(1)};

  SteadyTime now() const override { return now_; }
  /// What the node's computer believes.
  WallTime wall() const override { return true_wall() + error_; }
  /// What the rest of the world believes.
  WallTime true_wall() const { return kStart + std::chrono::duration_cast<WallTime::duration>(now_ - kSteadyStart); }

  void advance_to(SteadyTime time) { now_ = std::max(now_, time); }
  /// How far the node's calendar is ahead of the world's.
  std::chrono::seconds error() const { return error_; }
  void set_error(std::chrono::seconds error) { error_ = error; }

 private:
  SteadyTime now_ = kSteadyStart;
  std::chrono::seconds error_{0};
};

}  // namespace larder::simulation
