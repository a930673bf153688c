#include <fmt/format.h>

#include <chrono>
#include <iterator>

#include "core/bytes.h"
#include "simulation/simulation.h"

namespace larder::simulation {

std::string Simulation::summary() const {
  std::string text;
  const auto line = [&]<class... Args>(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(text), "  ");
    fmt::format_to(std::back_inserter(text), format, std::forward<Args>(args)...);
    text += '\n';
  };
  const ClientCounters& clients = client_counters_;
  const SimulatedOrigin::Counters& origin = origin_.counters();
  const LifeCounters& lives = life_counters_;
  const SimulatedDisk::Counters& disk = disk_.counters();
  line("time      {} s, {} events", std::chrono::duration_cast<std::chrono::seconds>(site_.now()).count(),
       trace_.events());
  line("clients   {}: {} requests, {} MiB, {} hits, {} whole, {} broken off, {} left", work_.clients, clients.requests,
       clients.bytes / kMiB, clients.hits, clients.whole, clients.broken, clients.left);
  std::string statuses;
  for (const auto& [status, count] : clients.by_status) {
    fmt::format_to(std::back_inserter(statuses), "{}{}: {}", statuses.empty() ? "" : ", ", status, count);
  }
  line("statuses  {}", statuses);
  line("origin    {} URLs, {} changes: {} requests, {} MiB, {} contents, {} unchanged", work_.resources,
       site_.changes(), origin.requests, origin.bytes / kMiB, origin.contents, origin.not_modified);
  std::string troubles;
  for (const auto& [name, count] : origin.troubles) {
    fmt::format_to(std::back_inserter(troubles), "{}{}: {}", troubles.empty() ? "" : ", ", name, count);
  }
  line("troubles  {}", troubles);
  line("node      {} lives: {} fills, {} failed, {} changed, {} revalidated, {} stale", lives.lives,
       lives.origin_requests, lives.fills_failed, lives.objects_changed, lives.revalidated, lives.stale_served);
  line("drives    {}: {} writes, {} MiB, {} evicted, {} reinserted, {} declined, {} corrupt, {} failed", work_.drives,
       disk.writes, disk.written_bytes / kMiB, lives.evicted_segments, lives.reinserted_slices, lives.dropped_writes,
       lives.corrupt_slices, lives.failed_drives);
  line("network   {} connections, {} resets, {} stalls", network_.counters().connections, network_.counters().resets,
       network_.counters().stalls);
  line("faults    {} kills, {} power cuts, {} stops, {} of drives, {} pauses, {} rotten bits, {} page drops, {} jumps",
       fates_.kills, fates_.power_cuts, fates_.stops, fates_.drive_faults, fates_.pauses, disk.rotten_bits,
       disk.dropped_pages, fates_.clock_jumps);
  line("purges    {}", fates_.purges);
  return text;
}

}  // namespace larder::simulation
