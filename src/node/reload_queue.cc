#include "node/reload_queue.h"

namespace larder::node {

Result<ReloadQueue::Outcome> ReloadQueue::ask(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  const std::uint64_t number = ++asked_;
  if (!closed_) call_();
  const bool over = changed_.wait_for(lock, patience, [&] { return closed_ || done_ >= number; });
  if (done_ >= number) return last_->outcome;
  if (!over) return fail(Errc::kTimeout, "the node has not reloaded within {} ms; it may yet", patience.count());
  return fail(Errc::kCancelled, "the node is stopping");
}

void ReloadQueue::run(const std::function<Outcome()>& reload, WallTime now) {
  std::uint64_t upto = 0;
  {
    const std::lock_guard lock(mutex_);
    upto = asked_;
  }
  Outcome outcome = reload();
  {
    const std::lock_guard lock(mutex_);
    done_ = upto;
    last_ = Last{now, std::move(outcome)};
  }
  changed_.notify_all();
}

void ReloadQueue::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  changed_.notify_all();
}

std::optional<ReloadQueue::Last> ReloadQueue::last() const {
  const std::lock_guard lock(mutex_);
  return last_;
}

}  // namespace larder::node
