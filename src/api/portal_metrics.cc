#include "api/portal_metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <array>

namespace larder::api {
namespace {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Histogram;

constexpr std::string_view kRoot = "/api/v1/";
constexpr std::string_view kMethods[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"};
constexpr std::string_view kIntents[] = {"enabled", "disabled", "draining"};
constexpr std::string_view kIpSpaceStates[] = {"not_configured", "valid", "in_review", "attention_required"};

Family<Counter>& counter(prometheus::Registry& registry, const std::string& name, const std::string& help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}

Family<Gauge>& gauge(prometheus::Registry& registry, const std::string& name, const std::string& help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
}

constexpr std::string_view kLimits[] = {"connections", "requests", "queue", "memory",
                                        "handshakes"};  // as Limit has them

std::string_view known_method(std::string_view method) {
  const auto* found = std::find(std::begin(kMethods), std::end(kMethods), method);
  return found == std::end(kMethods) ? "other" : *found;
}

std::string_view first_word(std::string_view path) { return path.substr(0, path.find('/')); }

Histogram::BucketBoundaries seconds() { return {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60}; }

}  // namespace

struct PortalMetrics::Families {
  explicit Families(prometheus::Registry& registry)
      : requests(counter(registry, "larder_portal_requests_total", "Requests answered.")),
        durations(prometheus::BuildHistogram()
                      .Name("larder_portal_request_duration_seconds")
                      .Help("From the end of a request's head to its answer; waits for changes included.")
                      .Register(registry)),
        sign_in_failures(
            counter(registry, "larder_portal_sign_in_failures_total", "Attempts to sign in that failed.").Add({})),
        database_errors(counter(registry, "larder_portal_database_errors_total",
                                "Requests and checks that failed because the database was out or busy.")
                            .Add({})),
        accepted(counter(registry, "larder_portal_connections_accepted_total", "Connections accepted.").Add({})),
        turned_away(counter(registry, "larder_portal_connections_turned_away_total",
                            "Connections refused as there were too many.")
                        .Add({})),
        connections(gauge(registry, "larder_portal_connections", "Connections that are open.").Add({})),
        queued(gauge(registry, "larder_portal_worker_queue", "Requests that wait for a worker thread.").Add({})),
        passwords(
            gauge(registry, "larder_portal_password_queue", "Requests that wait for a thread that hashes passwords.")
                .Add({})),
        provider(gauge(registry, "larder_portal_provider_queue",
                       "Requests that wait for a thread that asks the sign-in provider.")
                     .Add({})),
        held(gauge(registry, "larder_portal_held_bytes", "Memory of bodies that come in and answers that go out.")
                 .Add({})),
        waiting(gauge(registry, "larder_portal_waiting_requests", "Requests that wait for a change.").Add({})),
        changes(counter(registry, "larder_portal_changes_seen_total",
                        "Changes heard of, made by this portal or another one.")),
        client_limits(counter(registry, "larder_portal_client_limits_total",
                              "Times that a client wanted more than its share, by what of.")),
        open_reviews(gauge(registry, "larder_portal_open_reviews", "Reviews of IP space to be decided.").Add({})),
        nodes(gauge(registry, "larder_portal_nodes", "Cache nodes, by intent and state of their IP space.")) {}

  Family<Counter>& requests;
  Family<Histogram>& durations;
  Counter& sign_in_failures;
  Counter& database_errors;
  Counter& accepted;
  Counter& turned_away;
  Gauge& connections;
  Gauge& queued;
  Gauge& passwords;
  Gauge& provider;
  Gauge& held;
  Gauge& waiting;
  Family<Counter>& changes;
  Family<Counter>& client_limits;
  Gauge& open_reviews;
  Family<Gauge>& nodes;
};

PortalMetrics::PortalMetrics(const std::string& version) : families_(std::make_unique<Families>(registry_)) {
  gauge(registry_, "larder_portal_info", "1, with the version as a label.").Add({{"version", version}}).Set(1);
  gauge(registry_, "larder_portal_start_time_seconds", "When the portal started, in seconds since 1970.")
      .Add({})
      .SetToCurrentTime();
}

PortalMetrics::~PortalMetrics() = default;

void PortalMetrics::know(const RouteTable& routes) {
  for (const Route& route : routes.all()) {
    const std::size_t slashes = route.path.starts_with("//") ? 2 : 1;
    if (route.path.size() > slashes) words_.emplace(first_word(route.path.substr(slashes)));
  }
}

std::string_view PortalMetrics::route_class(std::string_view path) const {
  if (path.starts_with(kRoot)) {
    path.remove_prefix(kRoot.size());
  } else if (path.starts_with('/')) {
    path.remove_prefix(1);
  }
  const auto word = words_.find(first_word(path));
  return word == words_.end() ? "other" : std::string_view(*word);
}

void PortalMetrics::answered(std::string_view method, std::string_view path, int status,
                             std::chrono::duration<double> duration) {
  const std::string route(route_class(path));
  const std::string verb(known_method(method));
  families_->requests.Add({{"method", verb}, {"route", route}, {"status", std::to_string(status)}}).Increment();
  families_->durations.Add({{"method", verb}, {"route", route}}, seconds()).Observe(duration.count());
  if (route == "session" && verb == "POST" && (status == 401 || status == 429)) {
    families_->sign_in_failures.Increment();
  }
}

void PortalMetrics::database_failed() { families_->database_errors.Increment(); }

void PortalMetrics::set_queue(std::size_t queued, std::size_t waiting) {
  families_->queued.Set(static_cast<double>(queued));
  families_->waiting.Set(static_cast<double>(waiting));
}

void PortalMetrics::set_lanes(std::size_t passwords, std::size_t provider) {
  families_->passwords.Set(static_cast<double>(passwords));
  families_->provider.Set(static_cast<double>(provider));
}

void PortalMetrics::set_changes(const std::map<std::string, std::uint64_t>& seen) {
  for (const auto& [kind, count] : seen) {
    Counter& changes = families_->changes.Add({{"kind", kind}});
    changes.Increment(static_cast<double>(count) - changes.Value());
  }
}

void PortalMetrics::set_stock(const Stock& stock) {
  families_->open_reviews.Set(static_cast<double>(stock.open_reviews));
  for (const std::string_view intent : kIntents) {
    for (const std::string_view state : kIpSpaceStates) {
      const auto found = stock.nodes.find({std::string(intent), std::string(state)});
      const double count = found == stock.nodes.end() ? 0 : static_cast<double>(found->second);
      families_->nodes.Add({{"intent", std::string(intent)}, {"ip_space", std::string(state)}}).Set(count);
    }
  }
}

void PortalMetrics::met(Limit limit) {
  families_->client_limits.Add({{"limit", std::string(kLimits[static_cast<std::size_t>(limit)])}}).Increment();
}

void PortalMetrics::set_held(std::size_t bytes) { families_->held.Set(static_cast<double>(bytes)); }

void PortalMetrics::accepted() { families_->accepted.Increment(); }
void PortalMetrics::turned_away() { families_->turned_away.Increment(); }
void PortalMetrics::opened() { families_->connections.Increment(); }
void PortalMetrics::closed() { families_->connections.Decrement(); }

std::string PortalMetrics::text() const { return prometheus::TextSerializer().Serialize(registry_.Collect()); }

}  // namespace larder::api
