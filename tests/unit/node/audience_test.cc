#include "node/audience.h"

#include <gtest/gtest.h>

#include <string>

namespace larder::node {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr SteadyTime kStart{hours(1000)};

AudienceSum sum_of(const Audience& audience, SteadyTime now) {
  AudienceSum sum;
  audience.add_to(sum, now);
  return sum;
}

TEST(Audience, AClientCountsOnceAndIsAnAddressOrANetworkOfIpv6) {
  Audience audience;
  for (int i = 0; i < 100; ++i) {
    audience.note(*net::parse_address("10.0.0.1"), 10, kStart);
    audience.note(*net::parse_address("2001:db8::" + std::to_string(i)), 10, kStart);
  }
  audience.note(*net::parse_address("10.0.0.2"), 0, kStart);
  EXPECT_EQ(sum_of(audience, kStart).hour.estimate(), 3u);
}

TEST(Audience, ForgetsWhoHasNotComeForLong) {
  Audience audience;
  audience.note(*net::parse_address("10.0.0.1"), 1, kStart);
  EXPECT_EQ(sum_of(audience, kStart + minutes(59)).hour.estimate(), 1u);
  EXPECT_EQ(sum_of(audience, kStart + minutes(75)).hour.estimate(), 0u);
  EXPECT_EQ(sum_of(audience, kStart + hours(24)).day.estimate(), 1u);
  EXPECT_EQ(sum_of(audience, kStart + hours(24) + minutes(15)).day.estimate(), 0u);
  // In the same slot, a day and a quarter later.
  audience.note(*net::parse_address("10.0.0.2"), 1, kStart + 97 * minutes(15));
  EXPECT_EQ(sum_of(audience, kStart + 97 * minutes(15)).day.estimate(), 1u);
}

TEST(Audience, TellsTheNetworksThatTookMostOfLate) {
  Audience audience;
  audience.note(*net::parse_address("10.1.2.3"), 100, kStart);
  audience.note(*net::parse_address("10.1.2.4"), 100, kStart);
  audience.note(*net::parse_address("10.1.3.4"), 150, kStart);
  audience.note(*net::parse_address("2001:db8:0:12ab::1"), 10, kStart);
  audience.note(*net::parse_address("2001:db8:0:12cd::1"), 11, kStart);
  audience.note(*net::parse_address("10.9.9.9"), 0, kStart);
  const auto top = sum_of(audience, kStart + hours(1)).networks.top(10);
  ASSERT_EQ(top.size(), 3u);
  EXPECT_EQ(net::to_string(audience_network(top[0].first)), "10.1.2.0/24");
  EXPECT_EQ(top[0].second.weight, 200u);
  EXPECT_EQ(net::to_string(audience_network(top[2].first)), "2001:db8:0:1200::/56");
  EXPECT_EQ(top[2].second.weight, 21u);
  EXPECT_TRUE(sum_of(audience, kStart + hours(2)).networks.top(1).empty());
}

}  // namespace
}  // namespace larder::node
