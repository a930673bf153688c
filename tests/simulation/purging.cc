// What a simulation has its node purge.
#include <algorithm>

#include "simulation/simulation.h"

namespace larder::simulation {

// Where a drive is away, it may be the only one in use one day, and know nothing of it.
void Simulation::purge_something() {
  using What = cache::Purge::What;
  const bool all_there = std::ranges::none_of(drive_paths_, [&](const auto& drive) { return disk_.is_gone(drive); });
  if (!life_ || life_->stopping() || !all_there || configured_.size() != drive_paths_.size()) return;
  const support::Url url = site_.some(purging_).url;
  cache::Purge purge;
  purge.hard = purging_.happens(5'000);
  purge.what = purging_.one_of({What::kUrl, What::kUrl, What::kUrl, What::kPrefix, What::kRule, What::kEverything});
  if (purge.what == What::kUrl) purge.value = to_string(url);
  if (purge.what == What::kPrefix) purge.value = url.host;
  if (purge.what == What::kRule) purge.value = url.host.substr(0, url.host.find('.'));  // each host has one of its own
  ++fates_.purges;
  trace_.note("{} purge of {} {}", purge.hard ? "hard" : "soft", to_string(purge.what), purge.value);
  service_.may_forget();
  if (!life_->purge(purge)) return;
  if (purge.what == What::kUrl) auditor_.purged(url, purge.hard, site_.now());
  const bool of_host = purge.what == What::kPrefix || purge.what == What::kRule;
  if (of_host) auditor_.purged({url.host, "", ""}, purge.hard, site_.now());
  if (purge.what == What::kEverything) auditor_.purged({}, purge.hard, site_.now());
}

}  // namespace larder::simulation
