#include "cache/filling_slice.h"

#include <utility>

namespace larder::cache {

void FillInterest::set(Origin origin) {
  std::vector<std::shared_ptr<net::Wakeup>> waiting;
  {
    const std::lock_guard lock(mutex_);
    if (origin_.load(std::memory_order_relaxed) != Origin::kGone) origin_.store(origin, std::memory_order_release);
    waiting.swap(waiting_);
  }
  for (const auto& wakeup : waiting) wakeup->notify();
}

void FillInterest::note(Failure failure) {
  const std::lock_guard lock(mutex_);
  failure_ = std::move(failure);
}

std::optional<FillInterest::Failure> FillInterest::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

bool FillInterest::wait_for_origin(const std::shared_ptr<net::Wakeup>& wakeup) {
  const std::lock_guard lock(mutex_);
  if (origin_.load(std::memory_order_relaxed) != Origin::kAsked) return false;
  waiting_.push_back(wakeup);
  return true;
}

std::span<std::byte> FillingSlice::space() {
  const std::uint32_t filled = filled_.load(std::memory_order_relaxed);
  return {buffer_.data() + filled, length_ - filled};
}

void FillingSlice::advance(std::uint32_t count) {
  const std::uint32_t filled = filled_.load(std::memory_order_relaxed) + count;
  CHECK(filled <= length_, "a slice was filled beyond its end");
  std::vector<std::shared_ptr<net::Wakeup>> waiting;
  {
    const std::lock_guard lock(mutex_);
    filled_.store(filled, std::memory_order_release);
    if (filled == length_) state_.store(State::kWhole, std::memory_order_release);
    waiting.swap(waiting_);
  }
  for (const auto& wakeup : waiting) wakeup->notify();
}

void FillingSlice::end_here() {
  length_ = filled_.load(std::memory_order_relaxed);
  settle(State::kWhole);
}

void FillingSlice::abandon() { settle(State::kAbandoned); }

void FillingSlice::settle(State state) {
  std::vector<std::shared_ptr<net::Wakeup>> waiting;
  {
    const std::lock_guard lock(mutex_);
    state_.store(state, std::memory_order_release);
    waiting.swap(waiting_);
  }
  for (const auto& wakeup : waiting) wakeup->notify();
}

bool FillingSlice::wait_beyond(std::uint32_t from, const std::shared_ptr<net::Wakeup>& wakeup) {
  const std::lock_guard lock(mutex_);
  if (filled_.load(std::memory_order_relaxed) > from) return false;
  if (state_.load(std::memory_order_relaxed) != State::kFilling) return false;
  waiting_.push_back(wakeup);
  return true;
}

}  // namespace larder::cache
