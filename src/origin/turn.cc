#include "origin/turn.h"

#include <algorithm>
#include <utility>

namespace larder::origin {

void Turn::raise(Urgency to) {
  if (urgency() >= to) return;
  std::shared_ptr<net::Wakeup> waiting;
  {
    const std::lock_guard lock(mutex_);
    urgency_.store(std::max(urgency_.load(std::memory_order_relaxed), to), std::memory_order_release);
    waiting = waiting_;
  }
  if (waiting) waiting->notify();
}

void Turn::join(std::uint64_t client, Urgency urgency) {
  std::shared_ptr<net::Wakeup> waiting;
  {
    const std::lock_guard lock(mutex_);
    const bool has_room = clients_.size() < kMostClients || client == 0;
    const bool is_new = has_room && std::ranges::find(clients_, client) == clients_.end();
    if (is_new) {
      clients_.push_back(client);
      waiting = waiting_;
    }
  }
  raise(urgency);
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
