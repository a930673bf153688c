#include "node/node.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <thread>
#include <utility>

#include "core/clock.h"
#include "core/descriptor_limit.h"
#include "core/gate.h"
#include "core/version.h"
#include "net/tls_context.h"
#include "storage/segment_count.h"

namespace larder::node {
namespace {

// One for each lookup that may run at once, in whichever lane: origin/resolver.h.
constexpr std::size_t kLookupThreads = 24;
constexpr std::size_t kLookupQueue = 1024;
constexpr std::size_t kDiskThreadsForEachDrive = 8;
constexpr std::size_t kDiskQueue = 65536;
// The process before writes what waits for its drives first.
constexpr auto kLockPatience = std::chrono::seconds(30);
// Fills that are told to end, and loops that are told to stop, have this long.
constexpr auto kWindDown = std::chrono::seconds(5);
constexpr std::size_t kStatusConnections = 8;  // one that does nothing gives way to the next one
constexpr auto kStatusPatience = std::chrono::seconds(2);

std::vector<std::string> texts(const std::vector<net::Endpoint>& endpoints) {
  std::vector<std::string> out;
  for (const net::Endpoint& endpoint : endpoints) out.push_back(net::to_string(endpoint));
  return out;
}

}  // namespace

Node::Node(NodeConfig config, const Clock& clock, Log& log)
    : config_(std::move(config)),
      clock_(clock),
      log_(log),
      started_(clock.moment()),
      clients_(config_.limits.clients, clock),
      reloads_([] { ::kill(::getpid(), SIGHUP); }) {}

Result<std::unique_ptr<Node>> Node::start(NodeConfig config, Place place, storage::Disk& disk, const Clock& clock,
                                          Log& log, Log* access_log) {
  std::unique_ptr<Node> node(new Node(std::move(config), clock, log));
  TRY_VOID(node->share_out_descriptors());
  node->apply_limits(node->config_.limits);
  TRY_VOID(node->read_certificates());
  TRY(auto sockets, NodeSockets::bind(node->config_.listen, node->loop_count(), std::move(place.sockets), log));
  const std::string& control = node->config_.listen.control;
  if (!control.empty()) {
    TRY_VOID(net::SocketFile::check(control, place.process));
  }
  TRY_VOID(place.before_drives());
  TRY_VOID(node->open_store(disk, place.drives_may_be_held));
  node->drain_.emplace(disk, node->config_.state, log);
  TRY_VOID(node->make_loops(access_log));
  TRY_VOID(node->listen(std::move(sockets.http()), nullptr, node->http_));
  TRY_VOID(node->listen(std::move(sockets.https()), node->certificate_, node->https_));
  TRY_VOID(node->listen_status(std::move(sockets.status())));
  TRY_VOID(node->listen_control(place.process, std::move(place.purged)));
  place.before_serving(*node);
  for (const auto& loop : node->loops_) {
    loop->server().start();
    loop->loop().start();
  }
  if (node->status_loop_) {
    node->status_server_->start();
    node->status_loop_->start();
  }
  if (place.process != 0 && !place.sockets_are_held) sockets.end_unused();
  if (node->control_) node->control_->start();
  node->running_ = true;
  return node;
}

Node::~Node() {
  if (running_) stop();
  control_.reset();
  // Loops end before what their tasks refer to; the store writes what is left before the cache goes.
  for (const auto& loop : loops_) loop->loop().stop();
  if (status_loop_) status_loop_->stop();
  if (disk_pool_) disk_pool_->stop();
  if (lookup_pool_) lookup_pool_->stop();
  if (store_) store_->drain();
}

std::size_t Node::loop_count() const {
  if (config_.listen.threads > 0) return config_.listen.threads;
  return std::max(1U, std::thread::hardware_concurrency());
}

Result<> Node::share_out_descriptors() {
  DescriptorNeeds needs;
  needs.own =
      own_descriptors(loop_count(), config_.listen.http.size() + config_.listen.https.size(), config_.drives.size());
  if (!config_.listen.control.empty()) needs.own += Control::kDescriptors;
  if (config_.listen.status) needs.own += kStatusConnections;
  for (const storage::DriveConfig& drive : config_.drives) {
    const std::uint64_t segment_size = storage::segment_size_for(drive.size, config_.segment_size);
    const storage::SegmentCount segments = storage::count_segments(drive.size, segment_size);
    needs.segments_full += segments.full;
    needs.segments_most += segments.most;
  }
  TRY(descriptors_, share_descriptors(raise_descriptor_limit(), needs));
  return {};
}

Result<> Node::open_store(storage::Disk& disk, bool may_be_held) {
  storage::SliceStore::Options options;
  options.drives = config_.drives;
  options.state = config_.state;
  options.segment_size = config_.segment_size;
  options.segments = descriptors_.segments;
  options.scrub_rate = config_.scrub_rate;
  if (may_be_held) options.lock_patience = kLockPatience;
  // What waits to be written is fill memory: its budget is the bound, and a slow drive slows fills, not drops slices.
  options.write_queue_limit = 2 * config_.limits.fill_memory;
  TRY(store_, storage::SliceStore::open(std::move(options), disk, clock_, log_));
  const std::size_t drives = std::max<std::size_t>(1, config_.drives.size());
  disk_pool_ = std::make_unique<BlockingPool>("disk", drives * kDiskThreadsForEachDrive, kDiskQueue);
  cache::Cache::Options cache_options;
  cache_options.fill_memory = config_.limits.fill_memory;
  cache_options.objects_in_memory = config_.limits.objects_in_memory;
  cache_ = std::make_unique<cache::Cache>(cache_options, *store_, *disk_pool_, clock_, log_);
  return {};
}

Result<> Node::make_loops(Log* access_log) {
  lookup_pool_ = std::make_unique<BlockingPool>("lookup", kLookupThreads, kLookupQueue);
  resolver_ = std::make_unique<origin::Resolver>(*lookup_pool_, clock_, origin::Resolver::Options());
  resolver_->set_overrides(config_.origin.resolve);
  const std::size_t count = loop_count();
  for (std::size_t i = 0; i < count; ++i) {
    NodeShared shared{*cache_, *resolver_, origin_tls_, connections_, limiter_, clients_, log_, access_log};
    loops_.push_back(std::make_unique<NodeLoop>(i, count, config_, std::move(shared)));
  }
  return {};
}

Result<> Node::read_certificates() {
  std::optional<std::string> ca_file;
  if (!config_.origin.ca_file.empty()) ca_file = config_.origin.ca_file;
  TRY(origin_tls_, net::TlsContext::client(ca_file));
  if (config_.listen.https.empty()) return {};
  TRY(certificate_, net::ServerCertificate::open(config_.tls_certificate, config_.tls_key, clock_.wall(), log_));
  return {};
}

Result<> Node::listen(std::vector<NodeSockets::Door> doors,
                      const std::shared_ptr<const net::ServerCertificate>& certificate,
                      std::vector<net::Endpoint>& opened) {
  for (NodeSockets::Door& door : doors) {
    TRY_VOID(door.check());
    for (std::size_t i = 0; i < door.sockets.size(); ++i) {
      TRY_VOID(loops_[i % loops_.size()]->server().listen_on(std::move(door.sockets[i]), certificate));
    }
    opened.push_back(door.endpoint);
  }
  return {};
}

Result<> Node::listen_status(std::optional<net::ListeningSocket> socket) {
  if (!socket) return {};
  status_loop_ = std::make_unique<net::Loop>("status");
  auto names = config_.listen.status_names;
  names.insert(names.end(), config_.own_names.begin(), config_.own_names.end());
  status_handler_ = std::make_unique<StatusHandler>([this] { return status(); }, http::StatusGate(std::move(names)));
  status_server_ = std::make_unique<http::Server>(*status_loop_, *status_handler_, http::Server::Options(),
                                                  status_connections_, status_observer_, log_);
  status_address_ = socket->local();
  status_connections_.limit = kStatusConnections;
  return status_server_->listen_on(*std::move(socket), nullptr);
}

Result<> Node::listen_control(pid_t before, std::function<bool()> purged) {
  if (config_.listen.control.empty()) return {};
  ControlActions::Subject own{[this] { return status(); }, *cache_,           *drain_, reloads_,
                              std::move(purged),           config_.own_names, log_};
  TRY(control_, Control::listen(config_.listen.control, before, std::move(own), config_.origin.rules, log_));
  return {};
}

void Node::apply_limits(const LimitsConfig& limits) {
  connections_.limit =
      limits.connections == 0 ? descriptors_.clients : std::min(limits.connections, descriptors_.clients);
  limiter_.set_rate(limits.egress.value_or(0));
  clients_.set(http::within(limits.clients, connections_.limit));
}

void Node::reload(const NodeConfig& config, const std::string& after_restart) {
  apply_limits(config.limits);
  resolver_->set_overrides(config.origin.resolve);
  for (const auto& loop : loops_) {
    loop->loop().post([&handler = loop->handler(), rules = config.origin.rules] { handler.set_rules(rules); });
  }
  config_.origin.rules = config.origin.rules;
  if (control_) control_->actions().set_rules(config.origin.rules);
  config_.origin.resolve = config.origin.resolve;
  config_.limits.egress = config.limits.egress;
  config_.limits.connections = config.limits.connections;
  config_.limits.shutdown = config.limits.shutdown;
  config_.limits.drain = config.limits.drain;
  config_.limits.clients = config.limits.clients;
  log_.write(Level::kInfo, "configuration reloaded", [&](JsonLine& line) {
    line.add("rules", config.origin.rules->rules().size());
    line.add(
        "in_force",
        "content rules, origin.resolve, limits.egress, limits.connections, limits.shutdown, limits.drain, limits of "
        "a client");
    line.add("after_restart", after_restart.empty() ? "nothing that has changed" : after_restart);
  });
}

Result<> Node::renew_certificate() { return certificate_ ? certificate_->renew(clock_.wall(), log_) : Result<>(); }

bool Node::on_all_loops(const std::function<void(NodeLoop&, std::function<void()>)>& ask, SteadyTime deadline) {
  const auto gate = std::make_shared<Gate>(loops_.size());
  for (const auto& loop : loops_) {
    loop->loop().post([raw = loop.get(), ask, gate] { ask(*raw, [gate] { gate->done(); }); });
  }
  return gate->wait_until(deadline);
}

bool Node::stop(std::chrono::milliseconds patience) {
  running_ = false;
  stopping_ = true;
  reloads_.close();
  const auto stop_serving = [](NodeLoop& loop, std::function<void()> done) {
    loop.server().stop();
    loop.server().when_idle(std::move(done));
  };
  const bool orderly = on_all_loops(stop_serving, SystemClock().now() + patience);
  if (!orderly) {
    log_.write(Level::kWarning, "responses cut off: their time to end has passed");
    const auto cut_off = [](NodeLoop& loop, std::function<void()> done) {
      loop.fills().stop();
      loop.pool().abort();
      loop.handler().cut_off();
      loop.server().abort();
      loop.server().when_idle(std::move(done));
    };
    if (!on_all_loops(cut_off, SystemClock().now() + kWindDown)) return false;
  }
  const auto end_fills = [](NodeLoop& loop, std::function<void()> done) {
    loop.fills().stop();
    loop.pool().abort();
    loop.fills().when_idle(std::move(done));
  };
  if (!on_all_loops(end_fills, SystemClock().now() + kWindDown)) return false;
  if (status_server_ && !status_server_->end(kStatusPatience)) return false;
  if (control_ && !control_->stop()) return false;
  return orderly;
}

NodeStatus Node::status() const {
  NodeStatus status;
  status.node_id = config_.node_id;
  status.version = kVersion;
  status.started = started_.wall;
  status.uptime = clock_.now() - started_.steady;
  status.stopping = stopping_;
  status.drained_since = drain_->since();
  status.last_reload = reloads_.last();
  status.http = texts(http_);
  status.https = texts(https_);
  for (const auto& loop : loops_) {
    const Counters& counters = loop->counters();
    status.requests += counters.requests.value();
    status.bytes_out += counters.bytes_out.value();
    status.hit_bytes += counters.hit_bytes.value();
    status.fill_bytes += counters.fill_bytes.value();
    for (std::size_t i = 0; i < status.forwarded.size(); ++i) status.forwarded[i] += counters.forwarded[i].value();
    status.connections += counters.connections.value();
    status.connections_accepted += counters.connections_accepted.value();
    for (std::size_t i = 0; i < status.by_status.size(); ++i) status.by_status[i] += counters.by_status[i].value();
    for (std::size_t i = 0; i < kErrorKinds; ++i) status.errors[i] += counters.errors[i].value();
    for (std::size_t i = 0; i < origin::kUrgencies; ++i) {
      status.origin_waiting[i] += loop->pool().waiting_count(static_cast<origin::Urgency>(i));
    }
    for (std::size_t i = 0; i < http::kClientLimits; ++i) status.client_limits[i] += counters.client_limits[i].value();
    counters.rules.add_to(status.rules);
    counters.origin_first_byte.add_to(status.origin_first_byte);
    counters.audience.add_to(status.audience, clock_.now());
  }
  status.connections_limit = connections_.limit;
  status.clients = clients_.remembered();
  const cache::FillCounters& fills = cache_->counters();
  status.origin_requests = fills.requests;
  status.origin_bytes = fills.bytes;
  status.fills_running = fills.running;
  status.fills_failed = fills.failures;
  status.objects_changed = fills.changed;
  status.objects_revalidated = fills.revalidated;
  status.stale_served = fills.stale_served;
  status.drives = store_->status();
  status.purges = cache_->purges().list();
  status.resident_memory = resident_memory();
  status.index_memory = store_->index_bytes();
  status.fill_memory_used = cache_->memory().used();
  status.fill_memory_limit = cache_->memory().limit();
  status.fills_waiting = cache_->memory().waiting();
  status.objects_in_memory = cache_->objects().size();
  return status;
}

}  // namespace larder::node
