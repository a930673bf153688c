#include "origin/lookup_queue.h"

#include <algorithm>
#include <utility>

namespace larder::origin {
namespace {

/// What one domain may have of `all` that a lane has.
std::size_t share_of(std::size_t all) { return std::max<std::size_t>(1, all / 2); }

}  // namespace

std::string_view domain_of(std::string_view host) {
  const std::size_t last = host.rfind('.');
  if (last == std::string_view::npos || last == 0) return host;
  const std::size_t before = host.rfind('.', last - 1);
  return before == std::string_view::npos ? host : host.substr(before + 1);
}

LookupQueue::LookupQueue(const Lanes& lanes) {
  for (std::size_t i = 0; i < kStandings; ++i) states_[i].lane = lanes[i];
}

bool LookupQueue::State::may_run_one_more(const Domain& domain) const {
  return domain.running < share_of(lane.at_once);
}

bool LookupQueue::add(Standing standing, std::string host) {
  State& state = at(standing);
  const std::string name(domain_of(host));
  const auto place = state.domains.find(name);
  const Domain& before = place == state.domains.end() ? Domain() : place->second;
  const bool starts_now = state.running < state.lane.at_once && state.may_run_one_more(before);
  const bool is_full = state.queued >= state.lane.queued || before.hosts.size() >= share_of(state.lane.queued);
  if (!starts_now && is_full) return false;
  Domain& domain = state.domains[name];
  if (domain.hosts.empty() && state.may_run_one_more(domain)) state.turns.push_back(name);
  domain.hosts.push_back(std::move(host));
  ++state.queued;
  return true;
}

std::optional<LookupQueue::Next> LookupQueue::next() {
  for (std::size_t i = 0; i < kStandings; ++i) {
    State& state = states_[i];
    if (state.turns.empty() || state.running >= state.lane.at_once) continue;
    std::string name = std::move(state.turns.front());
    state.turns.pop_front();
    Domain& domain = state.domains.at(name);
    Next next{std::move(domain.hosts.front()), static_cast<Standing>(i)};
    domain.hosts.pop_front();
    --state.queued;
    ++state.running;
    ++domain.running;
    if (!domain.hosts.empty() && state.may_run_one_more(domain)) state.turns.push_back(std::move(name));
    return next;
  }
  return std::nullopt;
}

void LookupQueue::ended(const Next& lookup) {
  State& state = at(lookup.standing);
  const auto place = state.domains.find(std::string(domain_of(lookup.host)));
  Domain& domain = place->second;
  const bool had_its_turn = state.may_run_one_more(domain);
  --state.running;
  --domain.running;
  if (domain.hosts.empty()) {
    if (domain.running == 0) state.domains.erase(place);
  } else if (!had_its_turn) {
    state.turns.push_back(place->first);
  }
}

}  // namespace larder::origin
