#include "net/turnstile.h"

namespace larder::net {

Task<bool> Turnstile::enter(SteadyTime deadline) {
  if (free_ > 0) {
    --free_;
    co_return true;
  }
  const auto waiter = std::make_shared<Waiter>();
  waiter->wakeup = Wakeup::make(executor_);
  waiter->wakeup->arm();
  const auto place = waiting_.insert(waiting_.end(), waiter);
  co_await waiter->wakeup->wait(deadline);
  if (!waiter->has_place) waiting_.erase(place);
  co_return waiter->has_place;
}

/// The place goes to who has waited longest, so that nobody who comes later gets it.
void Turnstile::leave() {
  if (waiting_.empty()) {
    ++free_;
    return;
  }
  const auto waiter = waiting_.front();
  waiting_.pop_front();
  waiter->has_place = true;
  waiter->wakeup->notify();
}

}  // namespace larder::net
