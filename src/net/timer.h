// Timer: one wait at a time for a time on an event loop, by that loop's LoopTime.
//
//     net::Timer timer(executor);
//     co_await timer.wait(LoopTime::of(executor).now() + kPause);
//
// Threads    its loop, all calls.
// Cancel     cancel(), or its end: a wait() ends with false, what start() was given is dropped.
#pragma once

#include <boost/asio/basic_waitable_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>

#include "net/loop_time.h"

namespace larder::net {

class Timer {
 public:
  explicit Timer(Executor executor) : time_(LoopTime::of(executor)), sleep_(executor) {}
  ~Timer() { cancel(); }
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  const LoopTime& time() const { return time_; }

  /// True when it is `until` (SteadyTime::max() never comes), false if it was cancelled before.
  Task<bool> wait(SteadyTime until);
  /// Calls `when_due` at `until`; replaces what was started before.
  void start(SteadyTime until, std::function<void()> when_due);
  void cancel();

 private:
  using Sleep =
      asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;

  void begin(SteadyTime until);
  /// Whether a wait that ended with `error` ended because its time had come.
  bool came(const boost::system::error_code& error) const { return time_.simulated() ? due_ : !error; }

  LoopTime& time_;
  Sleep sleep_;
  std::shared_ptr<std::function<void()>> when_due_;
  LoopTime::Waits::iterator entry_;  // simulated, and while waits_ for a time that comes
  bool waits_ = false;
  bool due_ = false;
};

}  // namespace larder::net
