// Pool: at most so many connections, each lent to one thread at a time, in the order in which they were asked for.
//
// Threads    take() from any thread; a Lease belongs to one.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "core/result.h"

namespace larder::database {

template <class Connection>
class Pool {
 public:
  // Lease: a place in the pool. It is empty when no connection lay idle: then its holder makes one. What it holds at
  // its end goes back to the pool.
  class Lease {
   public:
    Lease(Pool& pool, std::unique_ptr<Connection> idle) : connection(std::move(idle)), pool_(&pool) {}
    Lease(Lease&& other) noexcept
        : connection(std::move(other.connection)), pool_(std::exchange(other.pool_, nullptr)) {}
    ~Lease() {
      if (pool_ != nullptr) pool_->give_back(std::move(connection));
    }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;

    std::unique_ptr<Connection> connection;

   private:
    Pool* pool_;
  };

  explicit Pool(std::size_t limit) : free_(limit) {}

  /// Errors: kTimeout (all were in use for all of `patience`).
  Result<Lease> take(std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    const std::uint64_t number = next_++;
    queue_.push_back(number);
    const bool served = changed_.wait_for(lock, patience, [&] { return free_ > 0 && queue_.front() == number; });
    std::erase(queue_, number);
    changed_.notify_all();  // the next in the queue is the first now
    if (!served) return fail(Errc::kTimeout, "no database connection was free for {} ms", patience.count());
    --free_;
    if (idle_.empty()) return Lease(*this, nullptr);
    auto connection = std::move(idle_.back());
    idle_.pop_back();
    return Lease(*this, std::move(connection));
  }

  /// Closes what lies idle.
  void clear() {
    std::vector<std::unique_ptr<Connection>> closing;
    const std::lock_guard lock(mutex_);
    closing.swap(idle_);
  }

 private:
  void give_back(std::unique_ptr<Connection> connection) {
    const std::lock_guard lock(mutex_);
    if (connection) idle_.push_back(std::move(connection));
    ++free_;
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t free_;
  std::uint64_t next_ = 0;
  std::deque<std::uint64_t> queue_;
  std::vector<std::unique_ptr<Connection>> idle_;
};

}  // namespace larder::database
