#include "api/change_waiters.h"

#include <algorithm>
#include <utility>

#include "core/check.h"

namespace larder::api {
namespace {

constexpr std::size_t kKindLimit = 64;  // kinds are words of ours; others that announce may be wrong

bool is_everything(const std::pair<std::string, std::string>& key) { return key.first == "*"; }

}  // namespace

ChangeWaiters::ChangeWaiters(database::ChangeFeed& feed)
    : subscription_(feed.subscribe([this](const database::Change& change) { notice(change); })) {}

ChangeWaiters::Mark ChangeWaiters::mark() const {
  const std::lock_guard lock(mutex_);
  return count_;
}

void ChangeWaiters::notice(const database::Change& change) {
  const Key key(change.kind, change.id);
  const std::lock_guard lock(mutex_);
  recent_[count_++ % kRemembered] = key;
  if (seen_.size() < kKindLimit || seen_.contains(change.kind)) ++seen_[change.kind];
  const auto [first, last] =
      is_everything(key) ? std::pair(waiting_.begin(), waiting_.end()) : waiting_.equal_range(key);
  for (auto waiter = first; waiter != last; ++waiter) waiter->second->notify();
}

bool ChangeWaiters::changed_since(const Key& key, Mark since) const {
  if (count_ - since > kRemembered) return true;
  for (Mark i = since; i < count_; ++i) {
    const Key& change = recent_[i % kRemembered];
    if (change == key || is_everything(change)) return true;
  }
  return false;
}

Task<bool> ChangeWaiters::wait(std::string kind, std::string id, Mark since, SteadyTime deadline, Executor executor) {
  const Key key(std::move(kind), std::move(id));
  const auto wakeup = net::Wakeup::make(executor);
  wakeup->arm();
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) co_return false;
    if (changed_since(key, since)) co_return true;
    waiting_.emplace(key, wakeup);
  }
  const bool woken = co_await wakeup->wait(deadline);
  forget(key, wakeup);
  const std::lock_guard lock(mutex_);
  co_return woken && !stopped_;
}

void ChangeWaiters::forget(const Key& key, const std::shared_ptr<net::Wakeup>& wakeup) {
  const std::lock_guard lock(mutex_);
  const auto [first, last] = waiting_.equal_range(key);
  const auto place = std::find_if(first, last, [&](const auto& waiter) { return waiter.second == wakeup; });
  CHECK(place != last, "a waiter is there until it has waited");
  waiting_.erase(place);
}

void ChangeWaiters::stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  for (const auto& [key, wakeup] : waiting_) wakeup->notify();
}

bool ChangeWaiters::stopped() const {
  const std::lock_guard lock(mutex_);
  return stopped_;
}

std::size_t ChangeWaiters::waiting() const {
  const std::lock_guard lock(mutex_);
  return waiting_.size();
}

std::map<std::string, std::uint64_t> ChangeWaiters::seen() const {
  const std::lock_guard lock(mutex_);
  return seen_;
}

}  // namespace larder::api
