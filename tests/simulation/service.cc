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
  return is_disturbed(url, begin) || holds(crowded_, {url.host, "", ""}, begin);
}

void Service::crowded(const std::string& host, Elapsed until) {
  Elapsed& known = crowded_[{host, "", ""}];
  known = std::max(known, until);
}

bool Service::is_disturbed(const support::Url& url, Elapsed begin) const {
  if (everywhere_ && *everywhere_ + kMemory >= begin) return true;
  return holds(urls_, url, begin);
}

bool Service::holds(const std::map<support::Url, Elapsed>& reasons, const support::Url& url, Elapsed begin) {
  const auto found = reasons.find(url);
  return found != reasons.end() && found->second + kMemory >= begin;
}

std::optional<support::Elapsed> Service::unwanted_for(const support::Url& url, Elapsed now) const {
  const auto found = wanted_.find(url);
  if (found == wanted_.end()) return now;
  if (found->second.by > 0) return std::nullopt;
  return now - found->second.since;
}

bool Service::is_ahead_of_slow_body(const support::Url& url, std::uint64_t position, Elapsed begin, Elapsed now) const {
  const auto found = slow_bodies_.find(url);
  if (found == slow_bodies_.end()) return false;
  return std::ranges::any_of(found->second, [&](const auto& body) {
    const auto& [reached, at] = body.second;
    return at >= begin && at + kMemory >= now && reached < position;
  });
}

void Service::disturbed(const support::Url& url, Elapsed at) {
  urls_[url] = std::max(urls_[url], at);
  kept_.erase(url);
}

bool Service::has_all(const support::Url& url, std::uint64_t version) const {
  const auto found = kept_.find(url);
  return found != kept_.end() && found->second == std::pair(lives_, version) && !drives_.empty();
}

/// Whether each of two drives was in use without the other since they last were together.
bool Service::is_reunion(const std::set<std::string>& drives) const {
  const auto left = [&](const std::string& drive, const std::string& other) {
    const auto found = last_used_with_.find(drive);
    return found != last_used_with_.end() && !found->second.contains(other);
  };
  return std::ranges::any_of(drives, [&](const std::string& one) {
    return std::ranges::any_of(drives, [&](const std::string& other) { return left(one, other) && left(other, one); });
  });
}

void Service::started(std::set<std::string> drives) {
  ++lives_;
  if (is_reunion(drives)) ++reunions_;
  for (const std::string& drive : drives) last_used_with_[drive] = drives;
  drives_ = std::move(drives);
}

void Service::served(const support::Url& url, const Served& served) {
  const auto& [version, tag, losses, begin, end] = served;
  Newest& newest = newest_[url];
  // Neither of two drives that were used apart knows what the other replaced: the origin is asked about what either
  // has. It confirms that by a weak tag that both versions share, or does not answer
  // (docs/decisions/0013-drives-that-return.md).
  const auto refused = refused_.find(url);
  const bool unanswered = (refused != refused_.end() && refused->second >= begin) || is_silent(url, begin);
  const bool may_be_older = newest.reunions != reunions_ && (newest.tag == tag || unanswered);
  // What was learned while no drive was in use nobody wrote down.
  const bool lost = newest.losses != losses_ || newest.drives.empty() || may_be_older ||
                    !std::ranges::includes(drives_, newest.drives);
  // While its origin does not answer, an old one may be the best there is.
  if (version < newest.version && newest.end < begin && !lost && !is_disturbed(url, begin)) {
    violated(fmt::format(
        "GET {}, begun at {}, gets version {}; version {} was served until {}, and nothing was lost since",
        support::to_string(url), support::to_string(begin), version, newest.version, support::to_string(newest.end)));
  }
  if (losses != losses_ || (version < newest.version && !lost)) return;
  if (version > newest.version || lost || newest.end > end) newest = {version, tag, end, losses_, reunions_, drives_};
}

}  // namespace larder::simulation
