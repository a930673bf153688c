// Turnstile: lets a few tasks of one loop through at a time, the others in the order in which they came.
//
// Threads    the loop of its executor, all calls.
#pragma once

#include <cstddef>
#include <list>
#include <memory>

#include "core/clock.h"
#include "core/task.h"
#include "net/wakeup.h"

namespace larder::net {

class Turnstile {
 public:
  Turnstile(Executor executor, std::size_t places) : executor_(executor), free_(places) {}

  /// True: there is a place, until leave(). False: there was none before `deadline`.
  Task<bool> enter(SteadyTime deadline);
  void leave();

  std::size_t waiting() const { return waiting_.size(); }

 private:
  struct Waiter {
    std::shared_ptr<Wakeup> wakeup;
    bool has_place = false;
  };

  Executor executor_;
  std::size_t free_;
  std::list<std::shared_ptr<Waiter>> waiting_;
};

}  // namespace larder::net
