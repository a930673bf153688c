#include "database/subscribers.h"

#include <utility>
#include <vector>

namespace larder::database {
namespace {

template <class End>
struct Subscribed {
  explicit Subscribed(End end_subscription) : end(std::move(end_subscription)) {}
  ~Subscribed() { end(); }
  Subscribed(const Subscribed&) = delete;
  Subscribed& operator=(const Subscribed&) = delete;

  End end;
};

}  // namespace

ChangeFeed::Subscription Subscribers::add(ChangeFeed::Listener listener) {
  const std::lock_guard lock(state_->mutex);
  const std::uint64_t number = state_->next++;
  state_->listeners.emplace(number, std::make_shared<ChangeFeed::Listener>(std::move(listener)));
  auto end = [state = state_, number] {
    const std::lock_guard end_lock(state->mutex);
    state->listeners.erase(number);
  };
  return std::make_shared<Subscribed<decltype(end)>>(std::move(end));
}

void Subscribers::tell(const Change& change) {
  const std::lock_guard lock(state_->mutex);
  std::vector<std::uint64_t> numbers;
  for (const auto& [number, listener] : state_->listeners) numbers.push_back(number);
  for (const std::uint64_t number : numbers) {
    const auto found = state_->listeners.find(number);
    if (found == state_->listeners.end()) continue;
    const auto listener = found->second;  // lives on if it ends its own subscription
    (*listener)(change);
  }
}

}  // namespace larder::database
