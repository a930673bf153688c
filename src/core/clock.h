// Clock: the one place that programs of ours ask for the time, so that tests can set it.
#pragma once

#include <chrono>

namespace larder {

using SteadyTime = std::chrono::steady_clock::time_point;
using WallTime = std::chrono::system_clock::time_point;

/// One moment by both clocks.
struct Moment {
  SteadyTime steady;
  WallTime wall;
};

class Clock {
 public:
  virtual ~Clock() = default;
  Moment moment() const { return {now(), wall()}; }
  /// Never goes back; for durations and deadlines.
  virtual SteadyTime now() const = 0;
  /// Calendar time; for freshness, logs and what is kept on disk.
  virtual WallTime wall() const = 0;
};

class SystemClock final : public Clock {
 public:
  SteadyTime now() const override { return std::chrono::steady_clock::now(); }
  WallTime wall() const override { return std::chrono::system_clock::now(); }
};

}  // namespace larder
