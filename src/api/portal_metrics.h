// PortalMetrics: what the portal has done, for Prometheus.
//
// Threads    any.
#pragma once

#include <prometheus/registry.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "api/route.h"

namespace prometheus {
class Counter;
class Gauge;
class Histogram;
}  // namespace prometheus

namespace larder::api {

/// What is counted in the database.
struct Stock {
  std::uint64_t open_reviews = 0;
  std::map<std::pair<std::string, std::string>, std::uint64_t> nodes;  // by intent and state of their IP space
};

class PortalMetrics {
 public:
  /// What a client may meet that wants more than its share.
  enum class Limit { kConnections, kRequests, kQueue, kMemory, kHandshakes };

  explicit PortalMetrics(const std::string& version);
  ~PortalMetrics();
  PortalMetrics(const PortalMetrics&) = delete;
  PortalMetrics& operator=(const PortalMetrics&) = delete;

  /// The routes whose first word ("nodes") is a class of its own; all other paths are "other".
  void know(const RouteTable& routes);
  std::string_view route_class(std::string_view path) const;

  void answered(std::string_view method, std::string_view path, int status, std::chrono::duration<double> duration);
  void database_failed();
  void set_queue(std::size_t queued, std::size_t waiting);
  /// Requests that wait for a thread that hashes passwords, and for one that asks the sign-in provider.
  void set_lanes(std::size_t passwords, std::size_t provider);
  void set_changes(const std::map<std::string, std::uint64_t>& seen);
  void set_stock(const Stock& stock);

  void met(Limit limit);
  /// Bytes of bodies and answers that are held.
  void set_held(std::size_t bytes);

  // Connections.
  void accepted();
  void turned_away();
  void opened();
  void closed();

  /// Text exposition format 0.0.4.
  std::string text() const;

 private:
  struct Families;

  std::set<std::string, std::less<>> words_;
  prometheus::Registry registry_;
  std::unique_ptr<Families> families_;
};

}  // namespace larder::api
