#include "origin/connection_shares.h"

#include <algorithm>
#include <numeric>

namespace larder::origin {
namespace {

// Of `count`, but at least one.
std::size_t half_of(std::size_t count) { return std::max<std::size_t>(1, count / 2); }

}  // namespace

void TakenConnections::add(Purpose purpose) {
  ++all;
  if (purpose.use == Use::kOneClient) ++for_one_client;
  if (purpose.urgency == Urgency::kReadAhead) ++read_ahead;
  ++by_client[purpose.client][static_cast<std::size_t>(purpose.use)];
}

void TakenConnections::remove(Purpose purpose) {
  --all;
  if (purpose.use == Use::kOneClient) --for_one_client;
  if (purpose.urgency == Urgency::kReadAhead) --read_ahead;
  const auto found = by_client.find(purpose.client);
  --found->second[static_cast<std::size_t>(purpose.use)];
  if (of_client(purpose.client) == 0) by_client.erase(found);
}

std::size_t TakenConnections::of_client(std::uint64_t client) const {
  const auto found = by_client.find(client);
  if (found == by_client.end()) return 0;
  return std::accumulate(found->second.begin(), found->second.end(), std::size_t{0});
}

bool has_its_share(const TakenConnections& taken, std::size_t limit, Purpose purpose) {
  if (purpose.client == 0) return false;
  const auto found = taken.by_client.find(purpose.client);
  if (found == taken.by_client.end()) return false;
  const std::size_t held = found->second[static_cast<std::size_t>(purpose.use)];
  if (purpose.use == Use::kShared) return held >= half_of(limit);
  const std::size_t for_one = half_of(limit);
  return held >= half_of(for_one) || held + taken.for_one_client >= for_one;
}

bool may_take(const TakenConnections& taken, std::size_t limit, Purpose purpose) {
  const std::size_t half = half_of(limit);
  const std::size_t for_first_bytes = limit < 2 ? 0 : std::max<std::size_t>(1, limit / 8);
  if (taken.all >= limit || has_its_share(taken, limit, purpose)) return false;
  if (purpose.use == Use::kOneClient && taken.for_one_client >= half) return false;
  if (purpose.urgency == Urgency::kFirstByte) return true;
  if (taken.all >= limit - for_first_bytes) return false;
  return purpose.urgency == Urgency::kAwaited || taken.read_ahead < half;
}

}  // namespace larder::origin
