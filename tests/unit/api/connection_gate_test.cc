#include "api/connection_gate.h"

#include <gtest/gtest.h>

#include "support/manual_clock.h"

namespace larder::api {
namespace {

net::IpAddress guest(unsigned number) { return net::IpAddress::v4(0xc6336400 + number); }

TEST(ConnectionGateTest, ClientsWithAllTheyMayHaveLeaveConnectionsForTheNext) {
  support::ManualClock clock;
  PortalMetrics metrics("test");
  http::ClientLimits clients({.connections = 512}, clock);
  ConnectionGate gate(metrics, clients);
  std::size_t free = 4096;
  for (unsigned number = 0; number < 8; ++number) {
    while (gate.admit(guest(number), free - 1)) --free;
  }
  EXPECT_GE(free, 256U);
  EXPECT_TRUE(gate.admit(guest(8), free - 1));
}

TEST(ConnectionGateTest, AProxyThatIsTrustedHasNoLimits) {
  support::ManualClock clock;
  PortalMetrics metrics("test");
  http::ClientLimits clients({.unlimited = {*net::parse_prefix("198.51.100.1/32")}}, clock);
  ConnectionGate gate(metrics, clients);
  EXPECT_TRUE(gate.is_unlimited(guest(1)));
  EXPECT_FALSE(gate.is_unlimited(guest(2)));
}

TEST(ConnectionGateTest, WhoShakesHandsTooOftenIsCounted) {
  support::ManualClock clock;
  PortalMetrics metrics("test");
  http::ClientLimits clients({.handshakes = 2}, clock);
  ConnectionGate gate(metrics, clients);
  EXPECT_TRUE(gate.may_shake_hands(guest(1)));
  EXPECT_TRUE(gate.may_shake_hands(guest(1)));
  EXPECT_FALSE(gate.may_shake_hands(guest(1)));
  EXPECT_NE(metrics.text().find(R"(larder_portal_client_limits_total{limit="handshakes"} 1)"), std::string::npos)
      << metrics.text();
}

}  // namespace
}  // namespace larder::api
