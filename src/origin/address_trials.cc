#include "origin/address_trials.h"

#include <algorithm>

namespace larder::origin {

std::vector<net::Endpoint> AddressTrials::order(const std::vector<net::Endpoint>& endpoints, SteadyTime now) const {
  std::vector<net::Endpoint> first_family;
  std::vector<net::Endpoint> other_family;
  for (const net::Endpoint& endpoint : endpoints) {
    const bool same = endpoint.address.is_v4() == endpoints.front().address.is_v4();
    (same ? first_family : other_family).push_back(endpoint);
  }
  std::vector<net::Endpoint> ordered;
  ordered.reserve(endpoints.size());
  for (std::size_t i = 0; i < std::max(first_family.size(), other_family.size()); ++i) {
    if (i < first_family.size()) ordered.push_back(first_family[i]);
    if (i < other_family.size()) ordered.push_back(other_family[i]);
  }
  std::ranges::stable_partition(ordered, [&](const net::Endpoint& endpoint) {
    const auto failure = failures_.find(endpoint);
    return failure == failures_.end() || now - failure->second >= kPenalty;
  });
  return ordered;
}

void AddressTrials::failed(const net::Endpoint& endpoint, SteadyTime now) {
  if (failures_.size() >= kRemembered) {
    std::erase_if(failures_, [&](const auto& failure) { return now - failure.second >= kPenalty; });
    if (failures_.size() >= kRemembered) failures_.clear();
  }
  failures_[endpoint] = now;
}

void AddressTrials::worked(const net::Endpoint& endpoint) { failures_.erase(endpoint); }

}  // namespace larder::origin
