#include "core/blocking_pool.h"

#include <pthread.h>

#include <system_error>
#include <utility>

namespace larder {

BlockingPool::BlockingPool(std::string name, std::size_t threads, std::size_t queue_limit)
    : name_(std::move(name)), most_threads_(threads), queue_limit_(queue_limit) {}

BlockingPool::~BlockingPool() { stop(); }

bool BlockingPool::try_post(std::function<void()> job) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || jobs_.size() >= queue_limit_ || !has_hands()) return false;
    jobs_.push_back(std::move(job));
  }
  changed_.notify_one();
  return true;
}

bool BlockingPool::has_hands() {
  if (jobs_.size() < idle_ || threads_.size() >= most_threads_) return true;
  try {
    threads_.emplace_back([this] { work(); });
  } catch (const std::system_error&) {
    return !threads_.empty();  // the others get to it
  }
  return true;
}

bool BlockingPool::run_next() {
  std::function<void()> job;
  {
    const std::lock_guard lock(mutex_);
    if (jobs_.empty()) return false;
    job = std::move(jobs_.front());
    jobs_.pop_front();
  }
  job();
  return true;
}

std::size_t BlockingPool::queued() const {
  const std::lock_guard lock(mutex_);
  return jobs_.size();
}

std::size_t BlockingPool::threads() const {
  const std::lock_guard lock(mutex_);
  return threads_.size();
}

void BlockingPool::stop() {
  std::deque<std::function<void()>> dropped;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    dropped.swap(jobs_);
  }
  changed_.notify_all();
  dropped.clear();  // now: whoever waits for one of them need not wait for the running ones too
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void BlockingPool::work() {
  pthread_setname_np(pthread_self(), name_.substr(0, 15).c_str());
  for (;;) {
    std::function<void()> job;
    {
      std::unique_lock lock(mutex_);
      ++idle_;
      changed_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
      --idle_;
      if (stopping_) return;
      job = std::move(jobs_.front());
      jobs_.pop_front();
    }
    job();
  }
}

}  // namespace larder
