// Loop: one event loop: an io_context, its DeadlineSweeper and the thread that runs them.
//
// Threads    executor() and post() from any thread; sweeper() on the loop's own.
// Cancel     stop() ends the loop after the callback that runs now. End the tasks first: what still waits is destroyed
//            with the loop, without resuming.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <string>
#include <thread>
#include <utility>

#include "core/task.h"
#include "net/deadline_sweeper.h"
#include "net/loop_time.h"

namespace larder::net {

class Loop {
 public:
  explicit Loop(std::string name);
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  /// Runs the loop on a thread of its own, named as the loop.
  void start();
  /// Runs the loop on the calling thread, until stop().
  void run();
  /// From any thread but the loop's own: ends the loop and joins its thread. From the loop's own: ends it, and the
  /// destructor joins.
  void stop();

  Executor executor() { return context_.get_executor(); }
  const LoopTime& time() { return LoopTime::of(executor()); }
  DeadlineSweeper& sweeper() { return sweeper_; }
  asio::io_context& context() { return context_; }
  bool is_this_thread() { return context_.get_executor().running_in_this_thread(); }

  template <class F>
  void post(F f) {
    asio::post(context_, std::move(f));
  }

 private:
  const std::string name_;
  asio::io_context context_{1};
  asio::executor_work_guard<Executor> work_{context_.get_executor()};
  DeadlineSweeper sweeper_{context_.get_executor()};
  std::thread thread_;
};

}  // namespace larder::net
