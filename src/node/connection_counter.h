// ConnectionCounter: counts the connections of one event loop's server, and holds each client to its limit.
#pragma once

#include <algorithm>

#include "http/client_limits.h"
#include "http/server.h"
#include "node/counters.h"

namespace larder::node {

class ConnectionCounter final : public http::ConnectionObserver {
 public:
  /// `connections`: of all loops.
  ConnectionCounter(Counters& counters, http::ClientLimits& clients, const http::ConnectionLimit& connections)
      : counters_(counters), clients_(clients), connections_(connections) {}

  void accepted() override { counters_.connections_accepted.add(1); }
  void turned_away() override { counters_.error(ErrorKind::kOverload); }
  bool admit(const net::IpAddress& client) override {
    const std::size_t open = connections_.open.load(std::memory_order_relaxed);
    const std::size_t limit = connections_.limit.load(std::memory_order_relaxed);
    const bool admitted = clients_.open_connection(client, limit - std::min(open, limit));
    if (!admitted) counters_.met(http::ClientLimit::kConnections);
    return admitted;
  }
  void dismiss(const net::IpAddress& client) override { clients_.close_connection(client); }
  void opened() override { counters_.connections.add(1); }
  void closed() override { counters_.connections.subtract(1); }

 private:
  Counters& counters_;
  http::ClientLimits& clients_;
  const http::ConnectionLimit& connections_;
};

}  // namespace larder::node
