// Gate: a thread waits here until others have done something each, and for so long at most.
//
// Held by std::shared_ptr: who comes late finds it still there.
//
// Threads    done() from any; the rest from one.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>

#include "core/clock.h"

namespace larder {

class Gate {
 public:
  /// `count` calls of done() open it.
  explicit Gate(std::size_t count) : left_(count) {}

  void done() {
    {
      const std::lock_guard lock(mutex_);
      --left_;
    }
    changed_.notify_all();
  }
  /// False: it is not open by then. `deadline` is the system's time.
  bool wait_until(SteadyTime deadline) {
    std::unique_lock lock(mutex_);
    return changed_.wait_until(lock, deadline, [this] { return left_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t left_;
};

}  // namespace larder
