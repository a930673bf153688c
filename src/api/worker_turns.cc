#include "api/worker_turns.h"

#include <algorithm>
#include <utility>

#include "core/check.h"
#include "net/network.h"

namespace larder::api {
namespace {

constexpr std::size_t kPartOfFreePlaces = 2;

}  // namespace

Task<bool> WorkerTurns::enter(net::IpAddress client, Work work) {
  const net::IpAddress site = net::site_of(client);
  const Site* const waiting = sites_.find(site);
  if (free_ > 0 && may_run(site, work) && (waiting == nullptr || waiting->of(work).empty())) {
    begin(site, work);
    co_return true;
  }
  if (!may_wait(client)) co_return false;
  const auto turn = net::Wakeup::make(executor_);
  turn->arm();
  sites_.of(site).of(work).of(client).push_back(turn);
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

std::size_t WorkerTurns::Site::waiting(const net::IpAddress& client) const {
  std::size_t sum = 0;
  for (const Clients* const clients : {&reads, &writes}) {
    if (const Requests* const requests = clients->find(client)) sum += requests->size();
  }
  return sum;
}

bool WorkerTurns::may_wait(const net::IpAddress& client) const {
  const Site* const site = sites_.find(net::site_of(client));
  const std::size_t own = site == nullptr ? 0 : site->waiting(client);
  if (own == 0) return true;
  const std::size_t others = std::min(limits_.waiting, waiting() - own);
  return own < std::min(limits_.of_client, (limits_.waiting - others) / kPartOfFreePlaces);
}

std::optional<WorkerTurns::Work> WorkerTurns::next_of(const net::IpAddress& address, const Site& site) const {
  const bool reads = !site.reads.empty() && may_run(address, Work::kReads);
  const bool writes = !site.writes.empty() && may_run(address, Work::kWrites);
  if (writes && (site.is_write_next || !reads)) return Work::kWrites;
  return reads ? std::optional(Work::kReads) : std::nullopt;
}

void WorkerTurns::begin(const net::IpAddress& site, Work work) {
  --free_;
  Running& running = running_[site];
  ++running.all;
  if (work == Work::kWrites) ++running.writes;
}

void WorkerTurns::leave(const net::IpAddress& client, Work work) {
  ++free_;
  const auto running = running_.find(net::site_of(client));
  CHECK(running != running_.end(), "a client left a worker that it did not have");
  if (work == Work::kWrites) --running->second.writes;
  if (--running->second.all == 0) running_.erase(running);
  const auto has_next = [this](const net::IpAddress& site, const Site& waiting) {
    return next_of(site, waiting).has_value();
  };
  while (free_ > 0 && sites_.turn_to(has_next)) begin_next();
}

/// REQUIRES: it is the turn of a site of which something may run.
void WorkerTurns::begin_next() {
  Site& site = sites_.first();
  const Work work = next_of(sites_.first_key(), site).value_or(Work::kReads);
  begin(sites_.first_key(), work);
  Clients& clients = site.of(work);
  Requests& requests = clients.first();
  const auto turn = std::move(requests.front());
  requests.pop_front();
  clients.pass();
  site.is_write_next = work == Work::kReads;
  sites_.pass();
  --waiting_;
  turn->notify();
}

}  // namespace larder::api
