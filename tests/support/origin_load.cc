#include "support/origin_load.h"

#include <algorithm>
#include <iterator>
#include <limits>

#include "support/origin_history.h"

namespace larder::support {
namespace {

constexpr std::uint64_t kEndless = std::numeric_limits<std::uint64_t>::max();

std::uint64_t sum(std::uint64_t a, std::uint64_t b) { return a > kEndless - b ? kEndless : a + b; }

}  // namespace

void OriginLoad::add(Runs& runs, std::uint64_t begin, std::uint64_t end) {
  if (begin >= end) return;
  auto next = runs.upper_bound(begin);
  if (next != runs.begin() && std::prev(next)->second >= begin) --next;
  while (next != runs.end() && next->first <= end) {
    begin = std::min(begin, next->first);
    end = std::max(end, next->second);
    next = runs.erase(next);
  }
  runs.emplace(begin, end);
}

void OriginLoad::asked(const ClientRequest& request) {
  if (!request.readable || (request.method != "GET" && !request.is_head())) return;
  Demand& demand = demands_[{request.url.host, request.url.path, ""}];
  ++demand.requests;
  const auto round_down = [&](std::uint64_t at) { return at / options_.slice_size * options_.slice_size; };
  const auto round_up = [&](std::uint64_t at) { return round_down(sum(at, options_.slice_size - 1)); };
  const auto range = request.range();
  if (request.is_head()) {
    add(demand.runs, 0, options_.learning);
  } else if (!range) {
    add(demand.runs, 0, kEndless);
  } else if (range->suffix) {
    add(demand.runs, 0, options_.learning);
    demand.longest_suffix = std::max(demand.longest_suffix, range->end);
  } else {
    const bool goes_on = range->begin > 0 && demand.ends.contains(range->begin);
    const std::uint64_t end = range->end == kEndless ? kEndless : round_up(range->end);
    add(demand.runs, round_down(range->begin), goes_on ? sum(end, options_.read_ahead) : end);
    demand.ends.insert(range->end);
    // A condition that does not hold makes it a request for everything.
    if (!request.field("If-Range").empty()) add(demand.runs, 0, kEndless);
  }
}

void OriginLoad::sent(const Url& url, const OriginObject& object, std::uint64_t begin, std::uint64_t end) {
  auto& supplies = supplies_[url];
  const auto known =
      std::ranges::find_if(supplies, [&](const Supply& supply) { return same_version(supply.object, object); });
  Supply& supply = known != supplies.end() ? *known : supplies.emplace_back(Supply{object, 0});
  supply.bytes += end - begin;
}

std::uint64_t OriginLoad::needed(const std::vector<const Demand*>& demands, std::uint64_t size) const {
  Runs all;
  for (const Demand* demand : demands) {
    for (const auto& [begin, end] : demand->runs) add(all, begin, end);
    if (demand->longest_suffix == 0) continue;
    const std::uint64_t suffix_begin = size - std::min(size, demand->longest_suffix);
    add(all, suffix_begin / options_.slice_size * options_.slice_size, size);
  }
  std::uint64_t bytes = 0;
  for (const auto& [begin, end] : all) bytes += std::min(end, size) - std::min(begin, size);
  return bytes;
}

std::uint64_t OriginLoad::refetch_of(const Url& url) const {
  for (const Url& key : scopes_of(url)) {
    const auto found = refetch_.find(key);
    if (found != refetch_.end()) return found->second;
  }
  return 0;
}

std::vector<std::string> OriginLoad::complaints(const Places& places) const {
  std::map<Url, std::vector<const Demand*>> demands;  // by where the content is
  for (const auto& [url, demand] : demands_) {
    for (const Url& place : places(url)) demands[place].push_back(&demand);
  }
  std::vector<std::string> complaints;
  for (const auto& [url, supplies] : supplies_) {
    const auto& asked = demands[url];
    // A question whether a version still holds may cost a byte.
    std::uint64_t questions = 0;
    for (const Demand* demand : asked) questions += demand->requests;
    for (const auto& [object, bytes] : supplies) {
      const std::uint64_t most = needed(asked, object.size);
      const std::uint64_t allowed = refetch_of(url);
      if (bytes <= sum(sum(most, questions), allowed)) continue;
      complaints.push_back("the origin was asked for too much of " + to_string(url) + ": it sent " +
                           std::to_string(bytes) + " bytes of " + to_string(object) +
                           ", and clients asked for slices of " + std::to_string(most) + " bytes in all; " +
                           std::to_string(allowed) + " bytes more would have been allowed");
    }
  }
  return complaints;
}

}  // namespace larder::support
