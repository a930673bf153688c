#include "node/node_status.h"

#include <unistd.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <fstream>

#include "core/log.h"

namespace larder::node {

std::string NodeStatus::health() const {
  if (stopping) return "stopping";
  if (drained_since) return "draining";
  for (const storage::DriveStatus& drive : drives) {
    if (drive.state != "ok") return "degraded";
  }
  return "ok";
}

std::uint64_t resident_memory() {
  std::ifstream in("/proc/self/statm");
  std::uint64_t total = 0;
  std::uint64_t resident = 0;
  in >> total >> resident;
  return in ? resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)) : 0;
}

namespace {

boost::json::object scrub_json(const storage::ScrubStatus& scrub) {
  boost::json::object out;
  out["rate"] = scrub.rate;
  out["under_way"] = scrub.under_way;
  out["percent"] = std::round(10 * scrub.percent) / 10;
  if (scrub.last_end) out["last_walk_ended"] = timestamp(*scrub.last_end);
  out["bytes"] = scrub.bytes;
  out["slices"] = scrub.slices;
  out["bad_slices"] = scrub.bad_slices;
  return out;
}

boost::json::object drive_json(const storage::DriveStatus& drive) {
  boost::json::object out;
  out["path"] = drive.path;
  out["state"] = drive.state;
  if (!drive.reason.empty()) out["reason"] = drive.reason;
  out["size"] = drive.size;
  out["used"] = drive.used;
  out["slices"] = drive.slices;
  out["segments"] = drive.segments;
  out["evicted_segments"] = drive.evicted_segments;
  out["evicted_slices"] = drive.evicted_slices;
  out["reinserted_slices"] = drive.reinserted_slices;
  out["dropped_writes"] = drive.dropped_writes;
  out["corrupt_slices"] = drive.corrupt_slices;
  out["scrub"] = scrub_json(drive.scrub);
  return out;
}

boost::json::array drives_json(const NodeStatus& status) {
  boost::json::array drives;
  for (const storage::DriveStatus& drive : status.drives) drives.push_back(drive_json(drive));
  return drives;
}

boost::json::object reload_json(const ReloadQueue::Last& last) {
  const auto& [problem, certificate_problem, log_problem, after_restart] = last.outcome;
  boost::json::object out = {{"at", timestamp(last.at)}, {"taken", problem.empty()}};
  if (!problem.empty()) out["problem"] = problem;
  if (!certificate_problem.empty()) out["certificate_problem"] = certificate_problem;
  if (!log_problem.empty()) out["log_problem"] = log_problem;
  if (!after_restart.empty()) out["after_restart"] = after_restart;
  return out;
}

/// How many are remembered, and the last one.
boost::json::object purges_json(const cache::PurgeList& purges) {
  boost::json::object out = {{"remembered", purges.all().size()}, {"limit", cache::PurgeList::kMost}};
  if (purges.all().empty()) return out;
  const cache::PurgeRecord& last = purges.all().back();
  // Not which URL: there may be a token in it, and the status address tells whoever asks.
  out["last"] = {{"number", last.number}, {"hard", last.hard}, {"what", cache::to_string(last.what)}};
  return out;
}

boost::json::object waiting_json(const NodeStatus& status) {
  boost::json::object out;
  for (std::size_t i = 0; i < origin::kUrgencies; ++i) {
    out[to_string(static_cast<origin::Urgency>(i))] = status.origin_waiting[i];
  }
  return out;
}

boost::json::object rules_json(const NodeStatus& status) {
  boost::json::object out;
  for (const auto& [rule, sum] : status.rules) {
    out[rule] = {{"requests", sum.requests},
                 {"bytes_out", sum.bytes_out},
                 {"hit_bytes", sum.hit_bytes},
                 {"fill_bytes", sum.fill_bytes}};
  }
  return out;
}

/// The networks that took most, each with what it took at least and at most.
boost::json::array networks_json(const NodeStatus& status) {
  constexpr std::size_t kMost = 20;
  boost::json::array out;
  for (const auto& [network, bytes] : status.audience.networks.top(kMost)) {
    out.push_back({{"network", net::to_string(audience_network(network))},
                   {"bytes", bytes.weight},
                   {"bytes_at_least", bytes.weight - std::min(bytes.above, bytes.weight)}});
  }
  return out;
}

boost::json::array texts(const std::vector<std::string>& values) {
  boost::json::array out;
  for (const std::string& value : values) out.emplace_back(value);
  return out;
}

void add_identity(boost::json::object& out, const NodeStatus& status) {
  out["node_id"] = status.node_id;
  out["version"] = status.version;
  out["health"] = status.health();
  out["started"] = timestamp(status.started);
  out["uptime_seconds"] = std::chrono::duration_cast<std::chrono::seconds>(status.uptime).count();
  out["drained"] = status.drained_since.has_value();
  if (status.drained_since) out["drained_since"] = timestamp(*status.drained_since);
  if (status.last_reload) out["last_reload"] = reload_json(*status.last_reload);
  boost::json::object listen;
  listen["http"] = texts(status.http);
  listen["https"] = texts(status.https);
  out["listen"] = std::move(listen);
}

}  // namespace

std::string to_json(const NodeStatus& status) {
  boost::json::object out;
  add_identity(out, status);

  boost::json::object served;
  served["requests"] = status.requests;
  served["bytes_out"] = status.bytes_out;
  served["hit_bytes"] = status.hit_bytes;
  served["fill_bytes"] = status.fill_bytes;
  boost::json::object forwarded;
  for (std::size_t i = 0; i < cache::kForwardReasons; ++i) {
    forwarded[to_string(static_cast<cache::ForwardReason>(i))] = status.forwarded[i];
  }
  served["forwarded"] = std::move(forwarded);
  boost::json::object responses;
  for (std::size_t i = 1; i < status.by_status.size(); ++i) responses[fmt::format("{}xx", i)] = status.by_status[i];
  served["responses"] = std::move(responses);
  boost::json::object errors;
  for (std::size_t i = 0; i < kErrorKinds; ++i) errors[to_string(static_cast<ErrorKind>(i))] = status.errors[i];
  served["errors"] = std::move(errors);
  served["by_rule"] = rules_json(status);
  out["served"] = std::move(served);

  boost::json::object connections;
  connections["open"] = status.connections;
  connections["limit"] = status.connections_limit;
  connections["accepted"] = status.connections_accepted;
  out["connections"] = std::move(connections);

  boost::json::object clients;
  clients["remembered"] = status.clients;
  boost::json::object limits;
  for (std::size_t i = 0; i < http::kClientLimits; ++i) {
    limits[to_string(static_cast<http::ClientLimit>(i))] = status.client_limits[i];
  }
  clients["met_limits"] = std::move(limits);
  clients["distinct"] = {{"within_1h", status.audience.hour.estimate()},
                         {"within_24h", status.audience.day.estimate()}};
  clients["top_networks"] = networks_json(status);
  out["clients"] = std::move(clients);

  boost::json::object origin;
  origin["requests"] = status.origin_requests;
  origin["bytes"] = status.origin_bytes;
  origin["waiting"] = waiting_json(status);
  origin["fills_running"] = status.fills_running;
  origin["fills_failed"] = status.fills_failed;
  origin["objects_changed"] = status.objects_changed;
  origin["objects_revalidated"] = status.objects_revalidated;
  origin["stale_served"] = status.stale_served;
  out["origin"] = std::move(origin);

  out["drives"] = drives_json(status);
  out["purges"] = purges_json(*status.purges);

  boost::json::object memory;
  memory["resident"] = status.resident_memory;
  memory["index"] = status.index_memory;
  memory["fill_used"] = status.fill_memory_used;
  memory["fill_limit"] = status.fill_memory_limit;
  memory["fills_waiting"] = status.fills_waiting;
  memory["objects"] = status.objects_in_memory;
  out["memory"] = std::move(memory);
  return boost::json::serialize(out);
}

std::string drives_to_json(const NodeStatus& status) {
  return boost::json::serialize(boost::json::object{{"drives", drives_json(status)}});
}

}  // namespace larder::node
