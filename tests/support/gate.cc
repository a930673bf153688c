#include "support/gate.h"

#include <algorithm>

#include "support/eventually.h"

namespace larder::support {

void Gate::open_to(std::uint64_t offset) {
  const std::lock_guard lock(mutex_);
  limit_ = std::max(limit_, offset);
  changed_.notify_all();
}

std::uint64_t Gate::pass(std::uint64_t offset) {
  std::unique_lock lock(mutex_);
  ++waiting_;
  if (offset >= limit_) changed_.notify_all();
  changed_.wait(lock, [&] { return offset < limit_; });
  --waiting_;
  return limit_;
}

bool Gate::wait_for_arrival() {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, kPatience, [&] { return waiting_ > 0; });
}

}  // namespace larder::support
