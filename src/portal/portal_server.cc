#include "portal/portal_server.h"

#include <unistd.h>

#include <array>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "core/descriptor_limit.h"
#include "core/version.h"
#include "database/migrate.h"
#include "endpoints/all_routes.h"
#include "identity/browser_seal.h"
#include "identity/password.h"
#include "ledger/schema.h"

namespace larder::portal {
namespace {

using api::Lane;
using api::Request;
using api::SlowLane;

constexpr std::size_t kQueue = 1024;  // jobs that wait for a worker thread; requests wait in the front, in turns
constexpr std::size_t kChecks = 4;
constexpr int kSendBuffer = 256 << 10;  // bytes; without a bound a client that reads nothing takes megabytes
constexpr std::size_t kSiteShare = 4;   // what an IPv6 /48 may have, in shares of a /64
constexpr auto kLanePatience = std::chrono::seconds(20);  // what a browser, or whoever sits before it, still waits for
constexpr std::size_t kReservedDescriptors = 192;         // not for clients: logs, listeners, those who are turned away
// What is told to break off has this long: a worker may be waiting for the database, or hashing a password.
constexpr auto kWindDown = std::chrono::seconds(5);

http::Server::Options server_options(const PortalConfig& config) {
  http::Server::Options options;
  options.session.idle = config.idle;
  options.session.head = config.head;
  options.session.body = config.body_time;
  options.session.body_rate = config.body_rate;
  options.busy = "the portal has as many connections as it may have; try again in a moment";
  options.listener.send_buffer = kSendBuffer;
  options.listener.reuse_port = false;  // or two portals on one machine would share a port unnoticed
  return options;
}

/// Many people of one network may well sign in at once, in the morning; a queue of theirs is gone in a few seconds.
SlowLane::Options password_lane() {
  return {.name = "password",
          .threads = identity::kHashingsAtOnce,
          .queue = 256,
          .of_network = 16,
          .of_site = 32,
          .patience = kLanePatience,
          .refusal = "too many people are signing in at this moment; try again"};
}

SlowLane::Options provider_lane() {
  return {.name = "provider",
          .threads = 8,
          .queue = 256,
          .of_network = 64,
          .of_site = 128,
          .patience = kLanePatience,
          .refusal = "too many people are signing in through the provider at this moment, or it is slow; try again"};
}

/// A proxy that is trusted speaks for many; each of those has requests of its own.
http::ClientLimits::Limits client_limits(const PortalConfig& config, std::size_t connections) {
  http::ClientLimits::Limits limits;
  limits.connections = config.connections_per_client;
  limits.requests = config.requests_per_client;
  limits.handshakes = config.handshakes_per_client;
  limits.site_share = kSiteShare;
  limits.unlimited = config.unlimited_clients;
  limits.unlimited.insert(limits.unlimited.end(), config.front.trusted_proxies.begin(),
                          config.front.trusted_proxies.end());
  return http::within(std::move(limits), connections);
}

const std::string& reason_of(const ledger::Problem& problem) {
  return problem.internal.empty() ? problem.detail : problem.internal;
}

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "127.0.0.1";
}

/// What the status address is called: what is listed, and what people call the portal.
std::vector<std::string> status_names(const PortalConfig& config) {
  std::vector<std::string> names = config.listen.status_names;
  const std::size_t scheme = config.api.url.find("://");
  if (scheme != std::string::npos) {
    const std::string_view host = std::string_view(config.api.url).substr(scheme + 3);
    names.emplace_back(host.substr(0, host.find(':')));
  }
  return names;
}

/// Stops `server`, or cuts it off, on its loop. True once nothing of it runs any more.
bool ends(net::Loop& loop, http::Server& server, bool cut_off, std::chrono::milliseconds patience) {
  // Shared: a loop that comes late must still find it.
  struct Gate {
    std::mutex mutex;
    std::condition_variable changed;
    bool idle = false;
  };
  const auto gate = std::make_shared<Gate>();
  loop.post([&server, cut_off, gate] {
    server.stop();
    if (cut_off) server.abort();
    server.when_idle([gate] {
      {
        const std::lock_guard lock(gate->mutex);
        gate->idle = true;
      }
      gate->changed.notify_all();
    });
  });
  std::unique_lock lock(gate->mutex);
  return gate->changed.wait_for(lock, patience, [&] { return gate->idle; });
}

}  // namespace

PortalServer::PortalServer(PortalConfig config, const Clock& clock, Log& log)
    : config_(std::move(config)), clock_(clock), log_(log), metrics_(std::string(kVersion)) {
  connections_.limit = connection_limit(config_.connections, kReservedDescriptors + config_.database_connections);
}

larder::Result<std::unique_ptr<PortalServer>> PortalServer::start(PortalConfig config, const Clock& clock, Log& log) {
  std::unique_ptr<PortalServer> portal(new PortalServer(std::move(config), clock, log));
  TRY_VOID(portal->open_database());
  portal->make_fronts();
  TRY_VOID(portal->listen());
  portal->name_itself();
  // Last: nobody learns the password of a portal that did not start.
  auto admin = identity::make_first_admin(*portal->database_, portal->config_.api.sign_in, clock.wall());
  if (!admin) return fail(Errc::kUnavailable, "cannot make the first administrator: {}", reason_of(admin.error()));
  portal->first_admin_ = *std::move(admin);
  portal->housekeeper_ = std::make_unique<Housekeeper>(
      *portal->database_, space::IpSpaceRules{portal->config_.api.ip_space, portal->config_.api.allow_private}, clock,
      log);
  portal->server_->start();
  portal->loop_.start();
  portal->status_server_->start();
  portal->status_loop_.start();
  portal->running_ = true;
  return portal;
}

PortalServer::~PortalServer() {
  if (running_) stop();
  housekeeper_.reset();
  // Loops end before what their tasks refer to.
  loop_.stop();
  status_loop_.stop();
  if (workers_) workers_->stop();
  if (checks_) checks_->stop();
  passwords_.reset();
  provider_.reset();
}

larder::Result<> PortalServer::open_database() {
  database::Database::Options options;
  options.connections = config_.database_connections;
  TRY(database_, database::Database::open(config_.database_url, options, log_));
  TRY(const int found, database::migrate(*database_, ledger::migrations()));
  const int now = ledger::migrations().back().version;
  if (found != now) {
    log_.write(Level::kInfo, "database brought up to date",
               [&](JsonLine& line) { line.add("from_version", found).add("to_version", now); });
  }
  auto key = identity::seal_key(*database_);
  if (!key) return fail(Errc::kUnavailable, "cannot read the database's keys: {}", reason_of(key.error()));
  browser_key_ = *std::move(key);
  return {};
}

void PortalServer::make_fronts() {
  workers_ = std::make_unique<BlockingPool>("worker", config_.front.workers, kQueue);
  checks_ = std::make_unique<BlockingPool>("check", 1, kChecks);
  passwords_ = std::make_unique<SlowLane>(password_lane());
  provider_ = std::make_unique<SlowLane>(provider_lane());
  api_ = std::make_unique<api::Api>(api::Services{*database_, clock_, config_.api, log_, browser_key_},
                                    endpoints::all_routes());
  metrics_.know(api_->routes());
  waiters_ = std::make_unique<api::ChangeWaiters>(database_->changes());
  clients_ = std::make_unique<http::ClientLimits>(client_limits(config_, connections_.limit), clock_);
  gate_ = std::make_unique<api::ConnectionGate>(metrics_, *clients_);
  const auto answer = [this](const Request& request) { return api_->answer(request); };
  const auto refuse_stranger = [this](const Request& request) { return api_->refuse_stranger(request); };
  const auto route = [this](Request& request) { return route_of(request); };
  front_ = std::make_unique<api::HttpFront>(
      api::HttpFront::Shared{answer, refuse_stranger, *workers_, *waiters_, metrics_, *clients_, config_.front, clock_,
                             log_, route, connections_.limit},
      loop_.executor());
  const auto refresh = [this] {
    metrics_.set_queue(front_->queued(), waiters_->waiting());
    metrics_.set_lanes(passwords_->queued(), provider_->queued());
    metrics_.set_changes(waiters_->seen());
  };
  status_front_ =
      std::make_unique<api::StatusFront>(api::StatusFront::Shared{*database_, *checks_, metrics_, stopping_, refresh,
                                                                  http::StatusGate(status_names(config_))},
                                         status_loop_.executor());
  server_ = std::make_unique<http::Server>(loop_, *front_, server_options(config_), connections_, *gate_, log_);
  status_server_ = std::make_unique<http::Server>(status_loop_, *status_front_, server_options(config_),
                                                  status_connections_, status_observer_, log_);
}

SlowLane* PortalServer::route_of(Request& request) {
  switch (api_->route(request)) {
    case Lane::kWorkers: return nullptr;
    case Lane::kPasswords: return passwords_.get();
    case Lane::kProvider: return provider_.get();
  }
  return nullptr;
}

larder::Result<> PortalServer::listen() {
  for (const net::Endpoint& endpoint : config_.listen.http) {
    TRY(const auto opened, server_->listen(endpoint, nullptr));
    http_.push_back(opened);
  }
  if (!config_.listen.https.empty()) {
    TRY(certificate_, net::ServerCertificate::open(config_.tls_certificate, config_.tls_key, clock_.wall(), log_));
    for (const net::Endpoint& endpoint : config_.listen.https) {
      TRY(const auto opened, server_->listen(endpoint, certificate_));
      https_.push_back(opened);
    }
  }
  if (config_.listen.status) {
    TRY(status_address_, status_server_->listen(*config_.listen.status, nullptr));
  }
  return {};
}

/// Without portal.url the portal is called by where it listens.
void PortalServer::name_itself() {
  if (!config_.api.url.empty()) return;
  const bool tls = http_.empty();
  const net::Endpoint& first = tls ? https_.front() : http_.front();
  const std::string host =
      first.address.is_unspecified() ? fmt::format("{}:{}", host_name(), first.port) : net::to_string(first);
  config_.api.url = (tls ? "https://" : "http://") + host;
}

void PortalServer::renew_certificate() {
  if (certificate_) static_cast<void>(certificate_->renew(clock_.wall(), log_));  // the log tells
}

bool PortalServer::stop() {
  running_ = false;
  stopping_ = true;
  waiters_->stop();
  const bool orderly = ends(loop_, *server_, false, kShutdown);
  if (!orderly) {
    log_.write(Level::kWarning, "requests cut off: they took too long to end");
    // Until now, who waits for a password to be checked, or for the provider, was answered like everybody else.
    passwords_->close();
    provider_->close();
    if (!ends(loop_, *server_, true, kWindDown)) return false;
  }
  return ends(status_loop_, *status_server_, true, kWindDown) && orderly;
}

}  // namespace larder::portal
