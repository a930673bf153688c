#include "origin/address_trials.h"

namespace larder::origin {

std::vector<net::Endpoint> AddressTrials::order(const std::vector<net::Endpoint>& endpoints, SteadyTime now) const {
  std::vector<net::Endpoint> first_family;
  std::vector<net::Endpoint> other_family;
  for (const net::Endpoint& endpoint : endpoints) {
    const bool same = endpoint.address.is_v4() == endpoints.front().address.is_v4();
    (same ? first_family : other_family).push_back(endpoint);
  }
  std::vector<net::Endpoint> ordered;
  std::vector<net::Endpoint> failed_lately;
  const auto add = [&](const std::vector<net::Endpoint>& family, std::size_t i) {
    if (i >= family.size()) return;
    const auto failure = failures_.find(family[i]);
    const bool worth_trying = failure == failures_.end() || now - failure->second >= kPenalty;
    (worth_trying ? ordered : failed_lately).push_back(family[i]);
  };
  for (std::size_t i = 0; i < endpoints.size(); ++i) {
    add(first_family, i);
    add(other_family, i);
  }
  ordered.insert(ordered.end(), failed_lately.begin(), failed_lately.end());
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
