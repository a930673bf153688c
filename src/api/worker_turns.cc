#include "api/worker_turns.h"

#include <algorithm>
#include <utility>

#include "core/check.h"
#include "http/client_limits.h"

namespace larder::api {
namespace {

constexpr std::size_t kPartOfFreePlaces = 2;

}  // namespace

Task<bool> WorkerTurns::enter(net::IpAddress client, Work work) {
  const net::IpAddress site = http::site_of(client);
  if (free_ > 0 && sites_.find(site) == nullptr && may_run(site, work)) {
    begin(site, work);
    co_return true;
  }
  if (!may_wait(client)) co_return false;
  const auto turn = net::Wakeup::make(executor_);
  turn->arm();
  sites_.of(site).of(client).push_back({turn, work});
  ++waiting_;
  co_await turn->wait(SteadyTime::max());
  co_return true;
}

bool WorkerTurns::may_run(const net::IpAddress& site, Work work) const {
  const auto found = running_.find(site);
  if (found == running_.end()) return true;
  const std::size_t quarter = limits_.workers / 4;
  if (work == Work::kWrites && found->second.writes >= std::max<std::size_t>(1, quarter)) return false;
  return found->second.all < limits_.workers - quarter;
}

bool WorkerTurns::may_wait(const net::IpAddress& client) const {
  const Clients* const site = sites_.find(http::site_of(client));
  const Requests* const requests = site == nullptr ? nullptr : site->find(client);
  if (requests == nullptr) return true;
  const std::size_t own = requests->size();
  const std::size_t others = std::min(limits_.waiting, waiting() - own);
  return own < std::min(limits_.of_client, (limits_.waiting - others) / kPartOfFreePlaces);
}

void WorkerTurns::begin(const net::IpAddress& site, Work work) {
  --free_;
  Running& running = running_[site];
  ++running.all;
  if (work == Work::kWrites) ++running.writes;
}

void WorkerTurns::leave(const net::IpAddress& client, Work work) {
  ++free_;
  const auto running = running_.find(http::site_of(client));
  CHECK(running != running_.end(), "a client left a worker that it did not have");
  if (work == Work::kWrites) --running->second.writes;
  if (--running->second.all == 0) running_.erase(running);
  // One place may let two go on: it is free, and this site may have another.
  while (free_ > 0 && sites_.turn_to([this](const net::IpAddress& site, Clients& clients) {
    return may_run(site, clients.first().front().work);
  })) {
    begin_next();
  }
}

void WorkerTurns::begin_next() {
  begin(sites_.first_key(), sites_.first().first().front().work);
  Clients& clients = sites_.first();
  Requests& requests = clients.first();
  const auto turn = std::move(requests.front().turn);
  requests.pop_front();
  clients.pass();
  sites_.pass();
  --waiting_;
  turn->notify();
}

}  // namespace larder::api
