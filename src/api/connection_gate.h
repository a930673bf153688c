// ConnectionGate: counts the portal's connections, and holds each client to its share of them and of TLS handshakes.
#pragma once

#include <cstddef>

#include "api/portal_metrics.h"
#include "http/client_limits.h"
#include "http/server.h"

namespace larder::api {

class ConnectionGate final : public http::ConnectionObserver {
 public:
  /// Both must outlive it.
  ConnectionGate(PortalMetrics& metrics, http::ClientLimits& clients) : metrics_(metrics), clients_(clients) {}

  void accepted() override { metrics_.accepted(); }
  void turned_away() override { metrics_.turned_away(); }
  void had_its_share() override { metrics_.met(PortalMetrics::Limit::kConnections); }
  bool may_shake_hands(const net::IpAddress& client) override {
    const bool may = clients_.take_handshake(client);
    if (!may) metrics_.met(PortalMetrics::Limit::kHandshakes);
    return may;
  }
  bool admit(const net::IpAddress& client, std::size_t free) override { return clients_.open_connection(client, free); }
  void dismiss(const net::IpAddress& client) override { clients_.close_connection(client); }
  bool is_unlimited(const net::IpAddress& client) override { return clients_.is_unlimited(client); }
  void opened() override { metrics_.opened(); }
  void closed() override { metrics_.closed(); }

 private:
  PortalMetrics& metrics_;
  http::ClientLimits& clients_;
};

}  // namespace larder::api
