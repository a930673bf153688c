// ConnectionCounter: counts the connections of one event loop's server, and holds each client to its limit.
#pragma once

#include "http/server.h"
#include "node/client_limits.h"
#include "node/counters.h"

namespace larder::node {

class ConnectionCounter final : public http::ConnectionObserver {
 public:
  ConnectionCounter(Counters& counters, ClientLimits& clients) : counters_(counters), clients_(clients) {}

  void accepted() override { counters_.connections_accepted.add(1); }
  void turned_away() override { counters_.error(ErrorKind::kOverload); }
  bool admit(const net::IpAddress& client) override {
    const bool admitted = clients_.open_connection(client);
    if (!admitted) counters_.met(ClientLimit::kConnections);
    return admitted;
  }
  void dismiss(const net::IpAddress& client) override { clients_.close_connection(client); }
  void opened() override { counters_.connections.add(1); }
  void closed() override { counters_.connections.subtract(1); }

 private:
  Counters& counters_;
  ClientLimits& clients_;
};

}  // namespace larder::node
