// Wakeup: one task sleeps on its own loop, any thread wakes it.
//
//     wakeup->arm();
//     if (!condition()) co_await wakeup->wait(deadline);   // a notify() since arm() counts
//
// Threads    arm() and wait() on the loop of the executor, one wait at a time; notify() from any thread, while that
//            loop exists.
// Cost       notify(): one atomic exchange if it was notified since arm(), else a post to the loop.
#pragma once

#include <atomic>
#include <memory>

#include "core/clock.h"
#include "core/task.h"
#include "net/timer.h"

namespace larder::net {

class Wakeup : public std::enable_shared_from_this<Wakeup> {
 public:
  static std::shared_ptr<Wakeup> make(Executor executor);
  explicit Wakeup(Executor executor) : executor_(executor) {}  // for make()

  void arm() { notified_.store(false); }
  bool notified() const { return notified_.load(); }
  /// True if notified since arm(), false if `deadline` (SteadyTime::max() is none) passed first.
  Task<bool> wait(SteadyTime deadline);
  void notify();

 private:
  Executor executor_;
  std::atomic<bool> notified_ = false;
  Timer* waiting_ = nullptr;  // lives in wait(), so that the last owner may be on any thread
};

}  // namespace larder::net
