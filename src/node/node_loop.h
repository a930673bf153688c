// NodeLoop: everything of a node that belongs to one event loop.
//
// Threads    made and destroyed while its loop does not run; the rest on its loop (Node posts).
#pragma once

#include <memory>

#include "cache/fills.h"
#include "http/server.h"
#include "node/connection_counter.h"
#include "node/content_handler.h"
#include "node/counters.h"
#include "node/node_config.h"
#include "origin/connection_pool.h"
#include "origin/connector.h"
#include "origin/origin_client.h"

namespace larder::node {

/// What the loops share.
struct NodeShared {
  cache::Cache& cache;
  origin::Resolver& resolver;
  std::shared_ptr<const net::TlsContext> origin_tls;
  http::ConnectionLimit& connections;
  EgressLimiter& limiter;
  http::ClientLimits& clients;
  Log& log;
  Log* access_log;
};

class NodeLoop {
 public:
  NodeLoop(std::size_t number, std::size_t loop_count, const NodeConfig& config, NodeShared shared);

  net::Loop& loop() { return loop_; }
  http::Server& server() { return server_; }
  cache::Fills& fills() { return fills_; }
  ContentHandler& handler() { return handler_; }
  origin::ConnectionPool& pool() { return pool_; }
  const Counters& counters() const { return counters_; }

 private:
  Counters counters_;
  net::Loop loop_;
  origin::NetworkConnector connector_;
  origin::ConnectionPool pool_;
  origin::OriginClient origin_;
  cache::Fills fills_;
  ContentHandler handler_;
  ConnectionCounter connections_;
  http::Server server_;
};

}  // namespace larder::node
