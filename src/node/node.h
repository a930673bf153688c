// Node: a whole cache node: drives, cache, loops, listeners, status address.
//
// Owns       everything but the logs, the disk and the clock.
// Threads    all calls from one thread, not a loop's.
// Crash      what is on disk is found again; see docs/formats/segment.md.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "cache/cache.h"
#include "core/blocking_pool.h"
#include "net/server_certificate.h"
#include "node/descriptor_budget.h"
#include "node/node_config.h"
#include "node/node_loop.h"
#include "node/node_status.h"
#include "node/status_handler.h"
#include "storage/disk.h"

namespace larder::node {

class Node {
 public:
  /// Opens drives and listens; serves when this returns. `access_log` null: no access records.
  /// Errors: kInvalid, kRefused, kConflict, kNoSpace (too few descriptors) and others, each naming the drive, address,
  /// file or limit that is at fault.
  static Result<std::unique_ptr<Node>> start(NodeConfig config, storage::Disk& disk, const Clock& clock, Log& log,
                                             Log* access_log);
  ~Node();

  /// Where it listens, with the ports that were given for port 0.
  const std::vector<net::Endpoint>& http() const { return http_; }
  const std::vector<net::Endpoint>& https() const { return https_; }
  const std::optional<net::Endpoint>& status_address() const { return status_address_; }
  NodeStatus status() const;

  /// Takes over rules, origin overrides and limits that can change while running; says in the log what cannot.
  void reload(const NodeConfig& config);

  /// Shows TLS clients that come from now on what the certificate's files hold now, or says in the log why not.
  void renew_certificate();

  /// No new connections; running responses get limits.shutdown to end. False if some were cut off, or the loops could
  /// not be brought to an end: then exit without destroying the node. Destroying it writes what is not on disk yet.
  bool stop();

 private:
  Node(NodeConfig config, const Clock& clock, Log& log);

  std::size_t loop_count() const;
  Result<> share_out_descriptors();
  Result<> open_store(storage::Disk& disk);
  Result<> make_loops(Log* access_log);
  Result<> listen();
  Result<> listen_all(const std::vector<net::Endpoint>& asked,
                      const std::shared_ptr<const net::ServerCertificate>& certificate,
                      std::vector<net::Endpoint>& opened);
  Result<> listen_status();
  void apply_limits(const LimitsConfig& limits);
  /// Runs `ask(loop, done)` on every loop and waits until all have called `done`, or the deadline.
  bool on_all_loops(const std::function<void(NodeLoop&, std::function<void()>)>& ask, SteadyTime deadline);

  NodeConfig config_;
  const Clock& clock_;
  Log& log_;
  const Moment started_;
  std::atomic<bool> stopping_{false};
  DescriptorBudget descriptors_;
  http::ConnectionLimit connections_;
  EgressLimiter limiter_;
  http::ClientLimits clients_;
  std::unique_ptr<BlockingPool> lookup_pool_;
  std::unique_ptr<BlockingPool> disk_pool_;
  std::unique_ptr<origin::Resolver> resolver_;
  std::unique_ptr<storage::SliceStore> store_;
  std::unique_ptr<cache::Cache> cache_;
  std::vector<std::unique_ptr<NodeLoop>> loops_;
  std::vector<net::Endpoint> http_;
  std::vector<net::Endpoint> https_;
  std::optional<net::Endpoint> status_address_;
  std::shared_ptr<net::ServerCertificate> certificate_;  // null: no listener with TLS
  // The status address has a loop of its own, so that it answers when the others are busy.
  std::unique_ptr<net::Loop> status_loop_;
  std::unique_ptr<StatusHandler> status_handler_;
  http::ConnectionObserver status_observer_;
  http::ConnectionLimit status_connections_;
  std::unique_ptr<http::Server> status_server_;
  bool running_ = false;
};

}  // namespace larder::node
