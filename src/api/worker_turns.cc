#include "api/worker_turns.h"

#include <algorithm>

namespace larder::api {
namespace {

constexpr std::size_t kPartOfFreePlaces = 2;

}  // namespace

Task<bool> WorkerTurns::enter(net::IpAddress client) {
  if (free_ > 0) {
    --free_;
    co_return true;
  }
  if (!may_wait(client)) co_return false;
  const auto turn = net::Wakeup::make(executor_);
  turn->arm();
  auto [found, is_new] = by_client_.try_emplace(client);
  if (is_new) found->second = queues_.insert(queues_.end(), Queue{client, {}});
  found->second->requests.push_back(turn);
  ++waiting_;
  co_await turn->wait(SteadyTime::max());
  co_return true;
}

bool WorkerTurns::may_wait(const net::IpAddress& client) const {
  const auto found = by_client_.find(client);
  if (found == by_client_.end()) return true;
  const std::size_t own = found->second->requests.size();
  const std::size_t others = std::min(limits_.waiting, waiting() - own);
  return own < std::min(limits_.of_client, (limits_.waiting - others) / kPartOfFreePlaces);
}

/// The worker goes to the next client in turn, which then waits until all others have had theirs.
void WorkerTurns::leave() {
  if (queues_.empty()) {
    ++free_;
    return;
  }
  const auto next = queues_.begin();
  const auto turn = next->requests.front();
  next->requests.pop_front();
  --waiting_;
  if (next->requests.empty()) {
    by_client_.erase(next->client);
    queues_.erase(next);
  } else {
    queues_.splice(queues_.end(), queues_, next);
  }
  turn->notify();
}

}  // namespace larder::api
