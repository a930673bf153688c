// LoopTime: what time it is on one event loop, and who waits there for a later one.
//
// The system's time, unless a simulation says another: then waits do not end by themselves but in wake_due().
//
// Threads    the loop's own; now() and wall() from any.
#pragma once

#include <boost/asio/execution_context.hpp>
#include <functional>
#include <map>
#include <optional>

#include "core/clock.h"
#include "core/task.h"

namespace larder::net {

class LoopTime final : public asio::execution_context::service {
 public:
  static inline asio::execution_context::id id;  // what Asio finds it by

  static LoopTime& of(const Executor& executor) { return asio::use_service<LoopTime>(executor.context()); }
  explicit LoopTime(asio::execution_context& context) : service(context) {}

  SteadyTime now() const { return clock_->now(); }
  WallTime wall() const { return clock_->wall(); }

  // --- simulations ---
  /// From now on the time is `clock`'s, which must outlive the loop. REQUIRES: nothing waits yet.
  void simulate(const Clock& clock) {
    clock_ = &clock;
    simulated_ = true;
  }
  bool simulated() const { return simulated_; }
  /// The earliest time that somebody waits for.
  std::optional<SteadyTime> next() const;
  /// Ends the waits whose time has come, the earliest first.
  void wake_due();

 private:
  friend class Timer;
  using Waits = std::multimap<SteadyTime, std::function<void()>>;

  void shutdown() override {}

  const SystemClock system_;
  const Clock* clock_ = &system_;
  bool simulated_ = false;
  Waits waits_;
};

}  // namespace larder::net
