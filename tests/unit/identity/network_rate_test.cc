#include "identity/network_rate.h"

#include <gtest/gtest.h>

#include "support/manual_clock.h"

namespace larder::identity {
namespace {

using ledger::ProblemKind;

class NetworkRateTest : public ::testing::Test {
 protected:
  NetworkRateTest() = default;

  bool ask(const std::string& address) { return rate.count(clock.now(), *net::parse_address(address)).has_value(); }

  int let_through(const std::string& address, int asked) {
    int passed = 0;
    for (int i = 0; i < asked; ++i) passed += ask(address) ? 1 : 0;
    return passed;
  }

  support::ManualClock clock;
  NetworkRate rate{{.at_once = 3, .every = std::chrono::seconds(10)}};
};

TEST_F(NetworkRateTest, SoManyAtOnceAndThenOneAfterAnother) {
  EXPECT_EQ(let_through("192.0.2.1", 5), 3);
  clock.advance(std::chrono::seconds(9));
  EXPECT_FALSE(ask("192.0.2.1"));
  clock.advance(std::chrono::seconds(1));
  EXPECT_EQ(let_through("192.0.2.1", 5), 1);
  clock.advance(std::chrono::hours(1));
  EXPECT_EQ(let_through("192.0.2.1", 5), 3);
}

TEST_F(NetworkRateTest, WhoIsRefusedIsToldWhenToComeAgain) {
  let_through("192.0.2.1", 3);
  clock.advance(std::chrono::milliseconds(2500));
  const auto refused = rate.count(clock.now(), *net::parse_address("192.0.2.1"));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, ProblemKind::kTooManyAttempts);
  EXPECT_EQ(refused.error().retry_after_s, 8);
}

TEST_F(NetworkRateTest, NetworksDoNotCountForEachOther) {
  EXPECT_EQ(let_through("192.0.2.1", 5), 3);
  EXPECT_EQ(let_through("192.0.2.2", 5), 3);
  EXPECT_EQ(let_through("2001:db8:1:1::1", 2), 2);
  EXPECT_EQ(let_through("2001:db8:1:1:ffff::1", 5), 1) << "the same /64";
}

TEST_F(NetworkRateTest, ASiteHasSixteenTimesAsMuchHoweverManyNetworksItHas) {
  int passed = 0;
  for (int i = 0; i < 100; ++i) passed += ask(fmt::format("2001:db8:1:{:x}::1", i)) ? 1 : 0;
  EXPECT_EQ(passed, 48);
  EXPECT_TRUE(ask("2001:db8:2::1"));
}

TEST_F(NetworkRateTest, WhoeverHasManyNetworksFillsNoMemory) {
  for (std::size_t i = 0; i < NetworkRate::kNetworks + 100; ++i)
    ask(net::to_string(net::IpAddress::v4(0x0a000000 + static_cast<std::uint32_t>(i))));
  EXPECT_EQ(rate.networks(), NetworkRate::kNetworks);
  clock.advance(std::chrono::hours(1));
  EXPECT_TRUE(ask("192.0.2.1"));
  EXPECT_EQ(rate.networks(), 1U);
}

}  // namespace
}  // namespace larder::identity
