// PortalServer: a whole portal: database, API, worker threads, listeners, status address.
//
// Owns       everything but the log and the clock.
// Threads    all calls from one thread, not a loop's.
// Crash      what was answered is in the database.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/api.h"
#include "api/change_waiters.h"
#include "api/connection_gate.h"
#include "api/http_front.h"
#include "api/portal_metrics.h"
#include "api/slow_lane.h"
#include "api/status_front.h"
#include "core/blocking_pool.h"
#include "http/client_limits.h"
#include "http/server.h"
#include "identity/first_admin.h"
#include "net/loop.h"
#include "net/server_certificate.h"
#include "portal/housekeeper.h"
#include "portal/portal_config.h"

namespace larder::portal {

class PortalServer {
 public:
  /// How long requests that run when the portal is to end may take.
  static constexpr auto kShutdown = std::chrono::seconds(12);

  /// Opens the database, brings it to this program's schema, and serves.
  /// Errors: kInvalid, kRefused, kConflict and others, each naming the database, address or file that is at fault.
  static larder::Result<std::unique_ptr<PortalServer>> start(PortalConfig config, const Clock& clock, Log& log);
  ~PortalServer();

  /// Where it listens, with the ports that were given for port 0.
  const std::vector<net::Endpoint>& http() const { return http_; }
  const std::vector<net::Endpoint>& https() const { return https_; }
  const std::optional<net::Endpoint>& status_address() const { return status_address_; }
  /// What people call it by.
  const std::string& url() const { return config_.api.url; }
  /// The administrator that was made because there was no user yet. The password is kept nowhere else.
  const std::optional<identity::FirstAdmin>& first_admin() const { return first_admin_; }

  /// Shows TLS clients that come from now on what the certificate's files hold now, or says in the log why not.
  void renew_certificate();

  /// No new connections; requests that run get kShutdown to end. False if some were cut off, or do not end even so:
  /// then exit without destroying the portal.
  bool stop();

 private:
  PortalServer(PortalConfig config, const Clock& clock, Log& log);

  larder::Result<> open_database();
  void make_fronts();
  api::SlowLane* route_of(api::Request& request);
  larder::Result<> listen();
  void name_itself();

  PortalConfig config_;
  const Clock& clock_;
  Log& log_;
  std::atomic<bool> stopping_{false};
  std::unique_ptr<database::Database> database_;
  std::string browser_key_;  // identity/browser_seal.h
  std::optional<identity::FirstAdmin> first_admin_;
  api::PortalMetrics metrics_;
  std::vector<net::Endpoint> http_;
  std::vector<net::Endpoint> https_;
  std::optional<net::Endpoint> status_address_;
  std::shared_ptr<net::ServerCertificate> certificate_;  // null: no listener with TLS
  // The status address has a loop and threads of its own, so that it answers when the others are busy.
  net::Loop loop_{"portal"};
  net::Loop status_loop_{"status"};
  std::unique_ptr<BlockingPool> workers_;
  std::unique_ptr<BlockingPool> checks_;
  std::unique_ptr<api::SlowLane> passwords_;
  std::unique_ptr<api::SlowLane> provider_;
  std::unique_ptr<api::Api> api_;
  std::unique_ptr<api::ChangeWaiters> waiters_;
  std::unique_ptr<http::ClientLimits> clients_;
  std::unique_ptr<api::ConnectionGate> gate_;
  std::unique_ptr<api::HttpFront> front_;
  std::unique_ptr<api::StatusFront> status_front_;
  http::ConnectionLimit connections_;
  http::ConnectionLimit status_connections_;
  http::ConnectionObserver status_observer_;
  std::unique_ptr<http::Server> server_;
  std::unique_ptr<http::Server> status_server_;
  std::unique_ptr<Housekeeper> housekeeper_;
  bool running_ = false;
};

}  // namespace larder::portal
