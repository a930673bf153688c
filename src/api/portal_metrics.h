// PortalMetrics: what the portal has done, for Prometheus.
//
// Threads    any.
#pragma once

#include <prometheus/registry.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "api/route.h"
#include "http/server.h"

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

class PortalMetrics final : public http::ConnectionObserver {
 public:
  explicit PortalMetrics(const std::string& version);
  ~PortalMetrics() override;

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

  void accepted() override;
  void turned_away() override;
  void opened() override;
  void closed() override;

  /// Text exposition format 0.0.4.
  std::string text() const;

 private:
  struct Families;

  std::set<std::string, std::less<>> words_;
  prometheus::Registry registry_;
  std::unique_ptr<Families> families_;
};

}  // namespace larder::api
