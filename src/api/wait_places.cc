#include "api/wait_places.h"

#include "core/check.h"

namespace larder::api {

bool WaitPlaces::take(const net::IpAddress& site) {
  if (taken_ >= most_) return false;
  const auto [own, is_new] = of_site_.try_emplace(site, 0);
  if (own->second > (most_ - taken_) / 2) return false;
  ++own->second;
  ++taken_;
  return true;
}

void WaitPlaces::give_back(const net::IpAddress& site) {
  const auto own = of_site_.find(site);
  CHECK(own != of_site_.end(), "a place was given back that nobody had");
  if (--own->second == 0) of_site_.erase(own);
  --taken_;
}

}  // namespace larder::api
