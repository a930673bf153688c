#include "api/worker_turns.h"

#include <algorithm>

#include "http/client_limits.h"

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
  sites_.of(http::site_of(client)).of(client).push_back(turn);
  ++waiting_;
  co_await turn->wait(SteadyTime::max());
  co_return true;
}

bool WorkerTurns::may_wait(const net::IpAddress& client) const {
  const Clients* const site = sites_.find(http::site_of(client));
  const Requests* const requests = site == nullptr ? nullptr : site->find(client);
  if (requests == nullptr) return true;
  const std::size_t own = requests->size();
  const std::size_t others = std::min(limits_.waiting, waiting() - own);
  return own < std::min(limits_.of_client, (limits_.waiting - others) / kPartOfFreePlaces);
}

void WorkerTurns::leave() {
  if (sites_.empty()) {
    ++free_;
    return;
  }
  take_next()->notify();
}

std::shared_ptr<net::Wakeup> WorkerTurns::take_next() {
  Clients& clients = sites_.first();
  Requests& requests = clients.first();
  const auto next = requests.front();
  requests.pop_front();
  clients.pass();
  sites_.pass();
  --waiting_;
  return next;
}

}  // namespace larder::api
