#include "net/wakeup.h"

namespace larder::net {

std::shared_ptr<Wakeup> Wakeup::make(Executor executor) { return std::make_shared<Wakeup>(executor); }

Task<bool> Wakeup::wait(SteadyTime deadline) {
  const auto self = shared_from_this();
  if (notified_.load()) co_return true;
  Timer timer(executor_);
  // A notify() of an earlier round may still be on its way and cancel this wait: then go on waiting.
  while (!notified_.load()) {
    if (deadline != SteadyTime::max() && timer.time().now() >= deadline) co_return false;
    waiting_ = &timer;
    co_await timer.wait(deadline);
    waiting_ = nullptr;
  }
  co_return true;
}

void Wakeup::notify() {
  if (notified_.exchange(true)) return;
  asio::post(executor_, [self = shared_from_this()] {
    if (self->waiting_ != nullptr) self->waiting_->cancel();
  });
}

}  // namespace larder::net
