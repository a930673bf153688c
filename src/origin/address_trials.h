// AddressTrials: in which order an origin's addresses are tried: families in turn, those that failed lately last.
//
// Threads    one.
#pragma once

#include <chrono>
#include <map>
#include <vector>

#include "core/clock.h"
#include "net/address.h"

namespace larder::origin {

class AddressTrials {
 public:
  static constexpr auto kPenalty = std::chrono::seconds(30);
  static constexpr std::size_t kRemembered = 1024;

  std::vector<net::Endpoint> order(const std::vector<net::Endpoint>& endpoints, SteadyTime now) const;
  void failed(const net::Endpoint& endpoint, SteadyTime now);
  void worked(const net::Endpoint& endpoint);

 private:
  std::map<net::Endpoint, SteadyTime> failures_;
};

}  // namespace larder::origin
