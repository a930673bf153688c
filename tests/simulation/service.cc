#include "simulation/service.h"

#include <fmt/format.h>

#include <algorithm>

namespace larder::simulation {
namespace {

// A change that is younger than what is on its way at the time.
constexpr support::Elapsed kOnTheWay = std::chrono::seconds(1);

}  // namespace

bool Service::excused(const support::Url& url, Elapsed begin) const {
  if (interrupted_ && *interrupted_ >= begin) return true;
  const auto changed = changes_.find(url);
  if (changed != changes_.end() && changed->second + kOnTheWay >= begin) return true;
  return is_disturbed(url, begin);
}

bool Service::is_disturbed(const support::Url& url, Elapsed begin) const {
  if (everywhere_ && *everywhere_ + kMemory >= begin) return true;
  const auto found = urls_.find(url);
  return found != urls_.end() && found->second + kMemory >= begin;
}

void Service::served(const support::Url& url, std::uint64_t version, std::uint64_t losses, Elapsed begin, Elapsed end) {
  Newest& newest = newest_[url];
  // What was learned while no drive was in use nobody wrote down.
  const bool lost = newest.losses != losses_ || newest.drives.empty() || !std::ranges::includes(drives_, newest.drives);
  // While its origin does not answer, an old one may be the best there is.
  if (version < newest.version && newest.end < begin && !lost && !is_disturbed(url, begin)) {
    violated(fmt::format(
        "GET {}, begun at {}, gets version {}; version {} was served until {}, and nothing was lost since",
        support::to_string(url), support::to_string(begin), version, newest.version, support::to_string(newest.end)));
  }
  if (losses != losses_ || (version < newest.version && !lost)) return;
  if (version > newest.version || lost || newest.end > end) newest = {version, end, losses_, drives_};
}

}  // namespace larder::simulation
