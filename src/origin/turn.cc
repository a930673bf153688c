#include "origin/turn.h"

#include <algorithm>
#include <utility>

namespace larder::origin {

void Turn::raise(Urgency to, std::uint64_t client) {
  if (client == 0 && urgency() >= to) return;
  std::shared_ptr<net::Wakeup> waiting;
  {
    const std::lock_guard lock(mutex_);
    const bool joins =
        client != 0 && clients_.size() < kMostClients && std::ranges::find(clients_, client) == clients_.end();
    if (joins) clients_.push_back(client);
    if (!joins && urgency() >= to) return;
    urgency_.store(std::max(urgency_.load(std::memory_order_relaxed), to), std::memory_order_release);
    waiting = waiting_;
  }
  if (waiting) waiting->notify();
}

std::vector<std::uint64_t> Turn::clients() const {
  const std::lock_guard lock(mutex_);
  return clients_;
}

Deadline Turn::extended(Deadline deadline) const {
  const bool has_end = deadline.time() < SteadyTime::max() - waited_;
  return has_end ? Deadline(deadline.time() + waited_) : Deadline::never();
}

void Turn::set_waiting(std::shared_ptr<net::Wakeup> wakeup) {
  const std::lock_guard lock(mutex_);
  waiting_ = std::move(wakeup);
}

void Turn::add_wait(SteadyTime::duration waited, bool in_vain) {
  waited_ += waited;
  in_vain_ = in_vain;
}

}  // namespace larder::origin
