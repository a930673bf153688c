// AskedOnce: an answer that takes long to get, asked for once however many want it, and kept for a while.
//
// Whoever comes while it is asked for waits for it and gets the same answer, be it an error: a server that is out is
// not asked by one after another, each of whom would wait for it in turn.
//
// Threads    any. A caller that waits does so no longer than `ask` takes: that has to be bounded.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "core/clock.h"
#include "ledger/problem.h"

namespace larder::identity {

template <class T>
class AskedOnce {
 public:
  explicit AskedOnce(const Clock& clock) : clock_(clock) {}

  /// The last answer that was no error, if it is younger than `age`; else what `ask` returns, a Result<T>, which this
  /// caller or one before it calls.
  template <class F>
  ledger::Result<T> get(SteadyTime::duration age, F ask) {
    std::unique_lock lock(mutex_);
    if (known_ && clock_.now() < known_at_ + age) return *known_;
    if (const auto round = asking_) {
      ++round->waiting;
      answered_.wait(lock, [&] { return round->answer.has_value(); });
      return *round->answer;
    }
    const auto round = asking_ = std::make_shared<Round>();
    lock.unlock();
    ledger::Result<T> answer = ask();
    lock.lock();
    round->answer = answer;
    asking_ = nullptr;
    if (answer) {
      known_ = *answer;
      known_at_ = clock_.now();
    }
    answered_.notify_all();
    return answer;
  }

  /// Callers who wait for one that asks.
  std::size_t waiting() const {
    const std::lock_guard lock(mutex_);
    return asking_ ? asking_->waiting : 0;
  }

 private:
  struct Round {
    std::optional<ledger::Result<T>> answer;
    std::size_t waiting = 0;
  };

  const Clock& clock_;
  mutable std::mutex mutex_;
  std::condition_variable answered_;
  std::shared_ptr<Round> asking_;  // null: nobody asks
  std::optional<T> known_;
  SteadyTime known_at_;
};

}  // namespace larder::identity
