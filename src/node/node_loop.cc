#include "node/node_loop.h"

#include "core/version.h"

namespace larder::node {
namespace {

Delivery::Patience patience(const NodeConfig& config) {
  Delivery::Patience patience;
  patience.client.stall = config.limits.send_stall;
  return patience;
}

ContentHandler::Options handler_options(const NodeConfig& config) {
  return {config.node_id, config.own_names, patience(config)};
}

http::Server::Options server_options(const NodeConfig& config) {
  http::Server::Options options;
  options.session.head_bytes = config.limits.head_bytes;
  options.session.idle = config.limits.idle;
  options.session.head = config.limits.head;
  // The mildest refusal there is: clients go to the origin for this file and come back for the next one.
  options.busy = "this node has as many connections as it may have.";
  options.not_admitted = "your address has as many connections to this node as it may have.";
  return options;
}

origin::OriginClient::Options client_options(const NodeConfig& config, Counters& counters) {
  auto options = config.origin.client_options(config.node_id, std::string(kVersion));
  options.note_first_byte = [&counters](SteadyTime::duration waited) { counters.origin_first_byte.add(waited); };
  return options;
}

}  // namespace

NodeLoop::NodeLoop(std::size_t number, std::size_t loop_count, const NodeConfig& config, NodeShared shared)
    : loop_(fmt::format("loop-{}", number)),
      connector_(loop_.executor(), loop_.sweeper(), shared.resolver, shared.origin_tls, shared.cache.clock(),
                 config.origin.connect_timeout),
      pool_(loop_.executor(), connector_, shared.cache.clock(), config.origin.pool_options(loop_count)),
      origin_(pool_, shared.cache.clock(), client_options(config, counters_)),
      fills_(shared.cache, origin_, loop_.executor()),
      handler_(handler_options(config), fills_, counters_, shared.limiter, shared.clients, shared.access_log,
               config.origin.rules),
      connections_(counters_, shared.clients),
      server_(loop_, handler_, server_options(config), shared.connections, connections_, shared.log) {}

}  // namespace larder::node
