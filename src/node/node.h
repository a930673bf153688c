// Node: a whole cache node: drives, cache, loops, listeners, status address.
//
// Owns       everything but the logs, the disk and the clock.
// Threads    all calls from one thread, not a loop's.
// Crash      what is on disk is found again; see docs/formats/segment.md.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cache/cache.h"
#include "core/blocking_pool.h"
#include "net/server_certificate.h"
#include "node/control.h"
#include "node/descriptor_budget.h"
#include "node/drain_state.h"
#include "node/node_config.h"
#include "node/node_loop.h"
#include "node/node_sockets.h"
#include "node/node_status.h"
#include "node/reload_queue.h"
#include "node/status_handler.h"
#include "service/doorkeeper.h"
#include "service/successor.h"
#include "storage/disk.h"

namespace larder::node {

class Node {
 public:
  // Place: of another process that is to be taken, or of none.
  struct Place {
    std::vector<service::InheritedSocket> sockets;
    bool sockets_are_held = false;  // service::Inherited::sockets_are_held
    /// Called before the drives are opened, once all else is known to work. An error ends the start.
    std::function<Result<>()> before_drives = [] { return Result<>(); };
    /// Called when it could serve, before it does.
    std::function<void(Node&)> before_serving = [](Node&) {};
    /// Called when something was purged here, from a thread that may block: the other process, if it still answers,
    /// knows nothing of it.
    /// False: it may still answer.
    std::function<bool()> purged = [] { return true; };
    /// The other one, whose control socket is replaced; 0: there is none.
    pid_t process = 0;
    /// A process may have the drives for a moment longer, or hang with one: that is out of use then, not an error.
    bool drives_may_be_held = false;
  };

  /// Opens drives and listens; serves when this returns. `access_log` null: no access records.
  /// Errors: kInvalid, kRefused, kConflict, kNoSpace (too few descriptors) and others, each naming the drive, address,
  /// file or limit that is at fault.
  static Result<std::unique_ptr<Node>> start(NodeConfig config, Place place, storage::Disk& disk, const Clock& clock,
                                             Log& log, Log* access_log);
  ~Node();

  /// Where it listens, with the ports that were given for port 0.
  const std::vector<net::Endpoint>& http() const { return http_; }
  const std::vector<net::Endpoint>& https() const { return https_; }
  const std::optional<net::Endpoint>& status_address() const { return status_address_; }
  NodeStatus status() const;

  /// Takes over rules, origin overrides and limits that can change while running. `after_restart`: what else has
  /// changed, for the log.
  void reload(const NodeConfig& config, const std::string& after_restart);

  /// Shows TLS clients that come from now on what the certificate's files hold now, or says in the log why not.
  Result<> renew_certificate();

  /// What a successor needs of it, open as long as this serves.
  std::vector<service::HandedOn> sockets() const;
  /// Serves connections that somebody else has accepted; the rest, for which there is no listener, is closed.
  void take_in(std::vector<service::WaitingClient> clients);
  /// Lets go of the drives: storage::SliceStore::release(). Serves what is stored from what is open, and hands on the
  /// rest without storing it. Drives that hang at `deadline` are said in the log, and are not let go of.
  void release_drives(SteadyTime deadline, std::function<void(const storage::ObjectId& url)> outdated);
  /// Called now and then after that, it gives the room back of what the other process has evicted.
  void forget_evicted();
  /// A successor serves: no new connections, and one more answer to who has one. `done` is called once none is left,
  /// from any thread.
  void retire(std::function<void()> done);
  /// cache::Cache::purge_all_here().
  void purge_all_here();
  /// After retire(): connections that wait for a request are closed.
  void end_answers();
  /// As told by the process before: cache::Cache::forget_outdated().
  void forget_outdated(const storage::ObjectId& url);
  void forget_all_outdated();
  /// limits.drain and limits.shutdown as they are in force.
  const LimitsConfig& limits() const { return config_.limits; }

  /// Where others than SIGHUP ask for a reload; each call of it sends this process SIGHUP. Closed by stop().
  ReloadQueue& reloads() { return reloads_; }

  /// No new connections; running responses get `patience` to end. False if some were cut off, or the loops could
  /// not be brought to an end: then exit without destroying the node. Destroying it writes what is not on disk yet.
  bool stop(std::chrono::milliseconds patience);
  bool stop() { return stop(config_.limits.shutdown); }

 private:
  Node(NodeConfig config, const Clock& clock, Log& log);

  std::size_t loop_count() const;
  Result<> share_out_descriptors();
  Result<> read_certificates();
  Result<> open_store(storage::Disk& disk, bool may_be_held);
  Result<> make_loops(Log* access_log);
  Result<> listen(std::vector<NodeSockets::Door> doors,
                  const std::shared_ptr<const net::ServerCertificate>& certificate, std::vector<net::Endpoint>& opened);
  Result<> listen_status(std::optional<net::ListeningSocket> socket);
  /// `living`: what becomes of a node that has this socket.
  Result<> listen_control(pid_t before, std::function<bool()> purged);
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
  std::shared_ptr<const net::TlsContext> origin_tls_;
  std::shared_ptr<net::ServerCertificate> certificate_;  // null: no listener with TLS
  // The status address has a loop of its own, so that it answers when the others are busy.
  std::unique_ptr<net::Loop> status_loop_;
  std::unique_ptr<StatusHandler> status_handler_;
  http::ConnectionObserver status_observer_;
  http::ConnectionLimit status_connections_;
  std::unique_ptr<http::Server> status_server_;
  std::optional<DrainState> drain_;
  ReloadQueue reloads_;
  std::unique_ptr<Control> control_;  // null: none; last, as it uses what is above
  bool running_ = false;
};

}  // namespace larder::node
