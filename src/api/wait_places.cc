#include "api/wait_places.h"

#include "core/check.h"

namespace larder::api {

bool WaitPlaces::take(const net::IpAddress& site) {
  if (taken_ >= most_) return false;
  const auto found = of_site_.find(site);
  const std::size_t own = found == of_site_.end() ? 0 : found->second;
  if (own > (most_ - taken_) / 2) return false;
  of_site_[site] = own + 1;
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
