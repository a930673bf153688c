// NodeStatus: a node's figures at one moment, as JSON, as Prometheus text and as a page for people.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cache/purge_list.h"
#include "core/clock.h"
#include "node/counters.h"
#include "node/reload_queue.h"
#include "origin/turn.h"
#include "storage/slice_store.h"

namespace larder::node {

struct NodeStatus {
  std::string node_id;
  std::string version;
  WallTime started{};
  SteadyTime::duration uptime{};  // by the steady clock: the calendar may be set meanwhile
  bool stopping = false;
  std::optional<WallTime> drained_since;  // nothing: the node is not drained
  std::optional<ReloadQueue::Last> last_reload;
  std::vector<std::string> http;
  std::vector<std::string> https;

  std::uint64_t requests = 0;
  std::uint64_t bytes_out = 0;
  std::uint64_t hit_bytes = 0;
  std::uint64_t fill_bytes = 0;
  std::array<std::uint64_t, cache::kForwardReasons> forwarded{};
  std::uint64_t connections = 0;
  std::uint64_t connections_limit = 0;
  std::uint64_t connections_accepted = 0;
  std::array<std::uint64_t, 6> by_status{};
  std::array<std::uint64_t, kErrorKinds> errors{};
  std::uint64_t clients = 0;
  std::array<std::uint64_t, http::kClientLimits> client_limits{};  // times that a client met it

  RuleTraffic::Sums rules;
  AudienceSum audience;
  LatencyCounts::Sum origin_first_byte;

  std::uint64_t origin_requests = 0;
  std::uint64_t origin_bytes = 0;
  std::array<std::uint64_t, origin::kUrgencies> origin_waiting{};  // for a connection
  std::uint64_t fills_running = 0;
  std::uint64_t fills_failed = 0;
  std::uint64_t objects_changed = 0;
  std::uint64_t objects_revalidated = 0;
  std::uint64_t stale_served = 0;

  std::vector<storage::DriveStatus> drives;
  std::shared_ptr<const cache::PurgeList> purges = std::make_shared<const cache::PurgeList>();

  std::uint64_t resident_memory = 0;
  std::uint64_t index_memory = 0;
  std::uint64_t fill_memory_used = 0;
  std::uint64_t fill_memory_limit = 0;
  std::size_t fills_waiting = 0;  // for fill memory
  std::uint64_t objects_in_memory = 0;

  /// "ok"; "degraded" with drives that are out of use or have no room; "draining"; "stopping".
  std::string health() const;
};

std::string to_json(const NodeStatus& status);
/// Of that, the drives alone: {"drives": [...]}.
std::string drives_to_json(const NodeStatus& status);
/// A page that renews itself.
std::string to_html(const NodeStatus& status);
/// Text exposition format 0.0.4.
std::string to_prometheus(const NodeStatus& status);

/// Bytes of memory that the process has; 0 if the system does not tell.
std::uint64_t resident_memory();

}  // namespace larder::node
