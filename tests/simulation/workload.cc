#include "simulation/workload.h"

#include <algorithm>
#include <initializer_list>

#include "core/bytes.h"

namespace larder::simulation {

std::string_view to_string(Fault fault) {
  const auto found = std::ranges::find(kFaultNames, fault, [](const auto& named) { return named.first; });
  return found->second;
}

std::optional<Fault> parse_fault(std::string_view name) {
  const auto found = std::ranges::find(kFaultNames, name, [](const auto& named) { return named.second; });
  if (found == kFaultNames.end()) return std::nullopt;
  return found->first;
}

namespace {

/// How often origins do what nobody expects of them, and some do.
void draw_origins(Workload& work, Random& random) {
  const auto odds = [&](Fault fault, std::initializer_list<unsigned> choices) {
    const unsigned drawn = random.one_of(choices);
    return work.has(fault) ? drawn : 0;
  };
  work.long_bodies = odds(Fault::kLongBodies, {0, 500, 3'000});
  work.endless_bodies = odds(Fault::kEndlessBodies, {0, 0, 50});
  work.huge_lengths = odds(Fault::kHugeLengths, {0, 0, 100});
  work.silences = odds(Fault::kSilences, {0, 500, 3'000});
  work.dribbles = odds(Fault::kTrickles, {0, 50, 300});
  work.bad_queries = odds(Fault::kRefusedQueries, {0, 1'000, 4'000});
}

}  // namespace

Workload Workload::draw(Random& random, const std::set<Fault>& also) {
  Workload work;
  for (const auto& [fault, name] : kFaultNames) {
    const bool mended = std::ranges::find(kUnmended, fault) == kUnmended.end();
    if (mended || also.contains(fault)) work.faults.insert(fault);
  }
  work.resources = static_cast<unsigned>(random.between(4, 28));
  work.clients = static_cast<unsigned>(random.between(3, 12));
  work.drives = static_cast<unsigned>(random.one_of({1, 1, 2, 3}));
  work.largest = random.one_of({3 * kMiB, 6 * kMiB, 6 * kMiB});
  work.fill_memory = random.one_of({3 * kMiB, 8 * kMiB, 24 * kMiB});
  work.objects_in_memory = random.one_of<std::uint64_t>({1, 64, 10'000});
  if (random.happens(5'000)) work.room = random.between(14, 60) * kMiB;

  work.kills = random.one_of({0U, 2U, 8U});
  work.stops = random.one_of({0U, 2U, 10U});
  work.power_cuts = random.one_of({0U, 3'000U, 8'000U});
  work.drive_faults = random.one_of({0U, 0U, 2U, 6U});
  work.pauses = random.one_of({0U, 20U, 100U});
  work.page_drops = random.one_of({5U, 50U, 300U});
  work.rot = random.one_of({0U, 20U, 100U});
  work.clock_jumps = random.one_of({0U, 2U, 8U});
  work.origin_faults = random.one_of({0U, 200U, 1'500U});
  work.leaves = random.one_of({100U, 1'000U, 3'000U});
  work.slow_reads = random.one_of({100U, 1'000U, 3'000U});
  work.bad_links = random.one_of({0U, 100U, 1'000U});
  draw_origins(work, random);
  work.mean_change_ms = random.one_of<std::uint64_t>({100, 1'000, 10'000});
  work.mean_think_ms = random.one_of<std::uint64_t>({50, 500, 5'000});
  return work;
}

}  // namespace larder::simulation
