#include "net/deadline_sweeper.h"

namespace larder::net {

DeadlineSweeper::DeadlineSweeper(Executor executor) : timer_(executor) {}

DeadlineSweeper::~DeadlineSweeper() { watched_.clear(); }

void DeadlineSweeper::watch(Watched& watched) {
  watched.follow(timer_.time());
  watched_.push_back(watched);
  if (!timer_runs_) start_timer();
}

void DeadlineSweeper::start_timer() {
  timer_runs_ = true;
  timer_.start(timer_.time().now() + kInterval, [this] {
    timer_runs_ = false;
    sweep();
  });
}

void DeadlineSweeper::sweep() {
  if (watched_.empty()) return;
  const SteadyTime now = timer_.time().now();
  // expire() only cancels operations, whose tasks resume later: nobody leaves the list during the walk.
  for (Watched& watched : watched_) {
    if (watched.is_late(now)) watched.expire();
  }
  start_timer();
}

}  // namespace larder::net
