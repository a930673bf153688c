// ConnectionCounter: counts the connections of one event loop's server, and holds each client to its limit.
#pragma once

#include <cstddef>

#include "http/client_limits.h"
#include "http/server.h"
#include "node/counters.h"

namespace larder::node {

class ConnectionCounter final : public http::ConnectionObserver {
 public:
  ConnectionCounter(Counters& counters, http::ClientLimits& clients) : counters_(counters), clients_(clients) {}

  void accepted() override { counters_.connections_accepted.add(1); }
  void turned_away() override { counters_.error(ErrorKind::kOverload); }
  void had_its_share() override { counters_.met(http::ClientLimit::kConnections); }
  bool admit(const net::IpAddress& client, std::size_t free) override { return clients_.open_connection(client, free); }
  void dismiss(const net::IpAddress& client) override { clients_.close_connection(client); }
  bool is_unlimited(const net::IpAddress& client) override { return clients_.is_unlimited(client); }
  void opened() override { counters_.connections.add(1); }
  void closed() override { counters_.connections.subtract(1); }

 private:
  Counters& counters_;
  http::ClientLimits& clients_;
};

}  // namespace larder::node
