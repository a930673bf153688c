#include "database/local_feed.h"

#include <utility>

namespace larder::database {

LocalFeed::LocalFeed() : thread_([this] { run(); }) {}

LocalFeed::~LocalFeed() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  thread_.join();
}

void LocalFeed::publish(std::vector<Change> changes) {
  const std::lock_guard lock(mutex_);
  for (Change& change : changes) queue_.push_back(std::move(change));
  if (queue_.size() > kQueueLimit) queue_ = {Change::everything()};
  changed_.notify_all();
}

void LocalFeed::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
    if (stopping_) return;
    const Change change = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    subscribers_.tell(change);
    lock.lock();
  }
}

}  // namespace larder::database
