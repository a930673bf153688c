#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <chrono>
#include <limits>
#include <optional>

#include "node/node_status.h"

namespace larder::node {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

// Families: a list of metric families, built one value at a time.
class Families {
 public:
  void counter(const std::string& name, const std::string& help, std::uint64_t value,
               std::vector<ClientMetric::Label> labels = {}) {
    ClientMetric& metric = add(name, help, MetricType::Counter, std::move(labels));
    metric.counter.value = static_cast<double>(value);
  }
  void gauge(const std::string& name, const std::string& help, std::uint64_t value,
             std::vector<ClientMetric::Label> labels = {}) {
    ClientMetric& metric = add(name, help, MetricType::Gauge, std::move(labels));
    metric.gauge.value = static_cast<double>(value);
  }
  void histogram(const std::string& name, const std::string& help, const LatencyCounts::Sum& sum) {
    ClientMetric::Histogram& histogram = add(name, help, MetricType::Histogram, {}).histogram;
    for (std::size_t i = 0; i < sum.counts.size(); ++i) {
      histogram.sample_count += sum.counts[i];
      const bool is_last = i == LatencyCounts::kBounds.size();
      const double bound = is_last ? std::numeric_limits<double>::infinity()
                                   : std::chrono::duration<double>(LatencyCounts::kBounds[i]).count();
      histogram.bucket.push_back({histogram.sample_count, bound});
    }
    histogram.sample_sum = std::chrono::duration<double>(sum.all).count();
  }
  std::string text() const { return prometheus::TextSerializer().Serialize(families_); }

 private:
  ClientMetric& add(const std::string& name, const std::string& help, MetricType type,
                    std::vector<ClientMetric::Label> labels) {
    if (families_.empty() || families_.back().name != name) {
      families_.emplace_back();
      families_.back().name = name;
      families_.back().help = help;
      families_.back().type = type;
    }
    families_.back().metric.emplace_back();
    families_.back().metric.back().label = std::move(labels);
    return families_.back().metric.back();
  }

  std::vector<MetricFamily> families_;
};

void add_served(Families& out, const NodeStatus& status) {
  for (std::size_t i = 1; i < status.by_status.size(); ++i) {
    out.counter("larder_node_responses_total", "Responses sent to clients, by class of status.", status.by_status[i],
                {{"class", fmt::format("{}xx", i)}});
  }
  out.counter("larder_node_requests_total", "Requests received from clients.", status.requests);
  out.counter("larder_node_sent_bytes_total", "Bytes of bodies sent to clients.", status.bytes_out);
  out.counter("larder_node_hit_bytes_total", "Bytes sent to clients that were cached, or on their way already.",
              status.hit_bytes);
  out.counter("larder_node_fill_bytes_total", "Bytes sent to clients that were fetched because of their request.",
              status.fill_bytes);
  for (std::size_t i = 0; i < cache::kForwardReasons; ++i) {
    out.counter("larder_node_forwarded_total", "Requests that went to the origin for one client alone, by reason.",
                status.forwarded[i], {{"reason", std::string(to_string(static_cast<cache::ForwardReason>(i)))}});
  }
  for (std::size_t i = 0; i < kErrorKinds; ++i) {
    out.counter("larder_node_errors_total", "Requests that did not get what they asked for, by kind.", status.errors[i],
                {{"kind", std::string(to_string(static_cast<ErrorKind>(i)))}});
  }
  for (std::size_t i = 0; i < http::kClientLimits; ++i) {
    out.counter("larder_node_client_limits_total", "Times that a client met a limit of its own, by limit.",
                status.client_limits[i], {{"limit", std::string(to_string(static_cast<http::ClientLimit>(i)))}});
  }
  out.gauge("larder_node_clients", "Client addresses (IPv6: /64) that are remembered.", status.clients);
  out.gauge("larder_node_connections", "Client connections that are open.", status.connections);
  out.gauge("larder_node_connections_limit", "Client connections that may be open at most.", status.connections_limit);
  out.counter("larder_node_connections_accepted_total", "Client connections accepted.", status.connections_accepted);
}

template <class Get>
void add_for_rules(Families& out, const NodeStatus& status, const std::string& name, const std::string& help, Get get) {
  for (const auto& [rule, sum] : status.rules) out.counter(name, help, get(sum), {{"rule", rule}});
}

void add_audience(Families& out, const NodeStatus& status) {
  using Sum = RuleTraffic::Sum;
  add_for_rules(out, status, "larder_rule_requests_total", "Requests received from clients, by content rule.",
                [](const Sum& sum) { return sum.requests; });
  add_for_rules(out, status, "larder_rule_sent_bytes_total", "Bytes of bodies sent to clients, by content rule.",
                [](const Sum& sum) { return sum.bytes_out; });
  add_for_rules(out, status, "larder_rule_hit_bytes_total", "Of these bytes, those that were cached, or on their way.",
                [](const Sum& sum) { return sum.hit_bytes; });
  add_for_rules(out, status, "larder_rule_fill_bytes_total", "Of these bytes, those fetched because of the request.",
                [](const Sum& sum) { return sum.fill_bytes; });
  const std::string name = "larder_node_distinct_clients";
  const std::string help = "About how many different clients (IPv6: /64) there were within that time.";
  out.gauge(name, help, status.audience.hour.estimate(), {{"within", "1h"}});
  out.gauge(name, help, status.audience.day.estimate(), {{"within", "24h"}});
}

void add_origin(Families& out, const NodeStatus& status) {
  out.counter("larder_origin_requests_total", "Requests sent to origins.", status.origin_requests);
  out.counter("larder_origin_received_bytes_total", "Bytes of bodies received from origins.", status.origin_bytes);
  out.histogram("larder_origin_first_byte_seconds", "Time from a request to an origin to the head of its response.",
                status.origin_first_byte);
  for (std::size_t i = 0; i < origin::kUrgencies; ++i) {
    out.gauge("larder_origin_requests_waiting", "Requests that wait as their origin has all connections it may have.",
              status.origin_waiting[i], {{"urgency", std::string(to_string(static_cast<origin::Urgency>(i)))}});
  }
  out.gauge("larder_origin_fills_running", "Fills under way.", status.fills_running);
  out.counter("larder_origin_fills_failed_total", "Fills given up.", status.fills_failed);
  out.counter("larder_origin_objects_changed_total", "Objects found changed at their origin.", status.objects_changed);
  out.counter("larder_origin_objects_revalidated_total", "Objects found unchanged at their origin.",
              status.objects_revalidated);
  out.counter("larder_origin_stale_served_total", "Requests answered with an old object as its origin did not answer.",
              status.stale_served);
}

template <class Get>
void add_for_drives(Families& out, const NodeStatus& status, bool counter, const std::string& name,
                    const std::string& help, Get get) {
  for (const storage::DriveStatus& drive : status.drives) {
    const std::vector<ClientMetric::Label> labels = {{"drive", drive.path}};
    if (counter) {
      out.counter(name, help, get(drive), labels);
    } else {
      out.gauge(name, help, get(drive), labels);
    }
  }
}

std::uint64_t seconds_of(const std::optional<WallTime>& time) {
  return time ? static_cast<std::uint64_t>(std::chrono::system_clock::to_time_t(*time)) : 0;
}

void add_drives(Families& out, const NodeStatus& status) {
  using Drive = storage::DriveStatus;
  add_for_drives(out, status, false, "larder_drive_up", "1 if the drive is in use, 0 if it is out.",
                 [](const Drive& drive) { return std::uint64_t{drive.state == "failed" ? 0U : 1U}; });
  add_for_drives(out, status, false, "larder_drive_hangs", "1 if a write to the drive does not end, else 0.",
                 [](const Drive& drive) { return std::uint64_t{drive.state == "hangs" ? 1U : 0U}; });
  add_for_drives(out, status, false, "larder_drive_no_room",
                 "1 if others leave the drive no room up to its size, else 0.",
                 [](const Drive& drive) { return std::uint64_t{drive.state == "no_room" ? 1U : 0U}; });
  add_for_drives(out, status, false, "larder_drive_size_bytes", "Bytes the drive may use.",
                 [](const Drive& drive) { return drive.size; });
  add_for_drives(out, status, false, "larder_drive_used_bytes", "Bytes of the drive's segments.",
                 [](const Drive& drive) { return drive.used; });
  add_for_drives(out, status, false, "larder_drive_slices", "Slices stored on the drive.",
                 [](const Drive& drive) { return drive.slices; });
  add_for_drives(out, status, false, "larder_drive_segments", "Segments on the drive.",
                 [](const Drive& drive) { return drive.segments; });
  add_for_drives(out, status, true, "larder_drive_evicted_segments_total", "Segments evicted to make room.",
                 [](const Drive& drive) { return drive.evicted_segments; });
  add_for_drives(out, status, true, "larder_drive_evicted_slices_total", "Slices that went with evicted segments.",
                 [](const Drive& drive) { return drive.evicted_slices; });
  add_for_drives(out, status, true, "larder_drive_reinserted_slices_total",
                 "Slices kept at an eviction because they had been asked for.",
                 [](const Drive& drive) { return drive.reinserted_slices; });
  add_for_drives(out, status, true, "larder_drive_dropped_writes_total", "Slices the drive was too slow to take.",
                 [](const Drive& drive) { return drive.dropped_writes; });
  add_for_drives(out, status, true, "larder_drive_corrupt_slices_total", "Slices dropped for a wrong checksum.",
                 [](const Drive& drive) { return drive.corrupt_slices; });
  add_for_drives(out, status, true, "larder_drive_scrubbed_bytes_total", "Bytes the scrubber has read.",
                 [](const Drive& drive) { return drive.scrub.bytes; });
  add_for_drives(out, status, true, "larder_drive_scrubbed_slices_total", "Slices the scrubber has compared.",
                 [](const Drive& drive) { return drive.scrub.slices; });
  add_for_drives(out, status, true, "larder_drive_scrub_bad_slices_total",
                 "Slices dropped as the scrubber found them damaged.",
                 [](const Drive& drive) { return drive.scrub.bad_slices; });
  add_for_drives(out, status, false, "larder_drive_scrub_under_way", "1 if the scrubber walks over the drive, else 0.",
                 [](const Drive& drive) { return std::uint64_t{drive.scrub.under_way ? 1U : 0U}; });
  add_for_drives(out, status, false, "larder_drive_scrub_percent", "How far the scrubber's walk is.",
                 [](const Drive& drive) { return static_cast<std::uint64_t>(drive.scrub.percent); });
  add_for_drives(out, status, false, "larder_drive_scrub_last_end_seconds",
                 "When a walk over the whole drive last ended, in seconds since 1970; 0: never.",
                 [](const Drive& drive) { return seconds_of(drive.scrub.last_end); });
}

}  // namespace

std::string to_prometheus(const NodeStatus& status) {
  Families out;
  out.gauge("larder_node_info", "1, with what the node is as labels.", 1,
            {{"node_id", status.node_id}, {"version", status.version}});
  out.gauge("larder_node_start_time_seconds", "When the node started, in seconds since 1970.",
            static_cast<std::uint64_t>(std::chrono::system_clock::to_time_t(status.started)));
  out.gauge("larder_node_drained", "1 if the operator has drained the node, else 0.",
            status.drained_since.has_value() ? 1 : 0);
  add_served(out, status);
  add_audience(out, status);
  add_origin(out, status);
  add_drives(out, status);
  out.gauge("larder_purges_remembered", "Purges that are remembered.", status.purges->all().size());
  out.gauge("larder_purges_limit", "How many purges can be remembered.", cache::PurgeList::kMost);
  out.gauge("larder_node_resident_memory_bytes", "Memory of the process.", status.resident_memory);
  out.gauge("larder_node_index_memory_bytes", "Memory of the slice index.", status.index_memory);
  out.gauge("larder_node_fill_memory_bytes", "Memory of slices on their way to a drive.", status.fill_memory_used);
  out.gauge("larder_node_fill_memory_limit_bytes", "Limit of that memory.", status.fill_memory_limit);
  out.gauge("larder_node_fills_waiting", "Fills that wait for their share of that memory.", status.fills_waiting);
  out.gauge("larder_node_objects_in_memory", "Objects whose description is in memory.", status.objects_in_memory);
  return out.text();
}

}  // namespace larder::node
