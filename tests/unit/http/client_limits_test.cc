#include "http/client_limits.h"

#include <gtest/gtest.h>

#include <string>

#include "net/network.h"
#include "support/manual_clock.h"

namespace larder::http {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

net::IpAddress address(std::string_view text) { return *net::parse_address(text); }

const net::IpAddress kOne = address("192.0.2.1");
const net::IpAddress kOther = address("192.0.2.2");

struct ClientLimitsTest : testing::Test {
  support::ManualClock clock;
  ClientLimits limits{{.connections = 2, .requests = 1, .new_objects = 60, .least_send_rate = 500}, clock};
};

TEST(ClientOf, IsAnAddressOrThe64OfOne) {
  struct Case {
    std::string_view address;
    std::string_view client;
  };
  for (const Case& one :
       {Case{"192.0.2.1", "192.0.2.1"}, Case{"::ffff:192.0.2.1", "192.0.2.1"},
        Case{"2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"}, Case{"2001:db8:1:2::", "2001:db8:1:2::"}, Case{"::1", "::"}}) {
    EXPECT_EQ(net::network_of(address(one.address)), address(one.client)) << one.address;
  }
}

TEST_F(ClientLimitsTest, WhoHasTooManyIsRefusedUntilOneIsClosed) {
  EXPECT_TRUE(limits.open_connection(kOne));
  EXPECT_TRUE(limits.open_connection(kOne));
  EXPECT_FALSE(limits.open_connection(kOne));
  EXPECT_TRUE(limits.open_connection(kOther));

  limits.close_connection(kOne);
  EXPECT_TRUE(limits.open_connection(kOne));
  EXPECT_FALSE(limits.open_connection(kOne));
}

// Two clients with half of the connections each would be all there are.
TEST(ClientLimitsFree, HoweverManyClientsTakeWhatTheyGetTheNextOneFindsSome) {
  support::ManualClock clock;
  ClientLimits limits({.connections = 200}, clock);
  std::size_t free = 400;
  for (const char* greedy : {"192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"}) {
    std::size_t opened = 0;
    while (limits.open_connection(address(greedy), free - 1)) {
      --free;
      ++opened;
    }
    EXPECT_GE(opened, 12U) << greedy;
  }
  EXPECT_GE(free, 12U);
  EXPECT_TRUE(limits.open_connection(address("192.0.2.99"), free - 1));
}

TEST(ClientLimitsWithin, AClientGetsHalfOfTheConnectionsAtMost) {
  struct Case {
    std::size_t limit;
    std::size_t connections;
    std::size_t of_each;
  };
  for (const Case& one : {Case{4'000, 1'000'000, 4'000}, Case{4'000, 8'000, 4'000}, Case{4'000, 600, 300},
                          Case{64, 600, 64}, Case{4'000, 1, 1}, Case{0, 600, 0}}) {
    const ClientLimits::Limits limits = within({.connections = one.limit}, one.connections);
    EXPECT_EQ(limits.connections, one.of_each) << one.limit << " of " << one.connections;
    EXPECT_EQ(limits.requests, ClientLimits::Limits().requests);
  }
}

TEST_F(ClientLimitsTest, AnOpenRequestCountsWhileItLives) {
  {
    const ClientLimits::OpenRequest first(limits, kOne);
    const ClientLimits::OpenRequest second(limits, kOne);
    const ClientLimits::OpenRequest third(limits, kOther);
    EXPECT_TRUE(first.allowed());
    EXPECT_FALSE(second.allowed());
    EXPECT_TRUE(third.allowed());
  }
  EXPECT_TRUE(ClientLimits::OpenRequest(limits, kOne).allowed());
  EXPECT_EQ(limits.remembered(), 0U);
}

TEST_F(ClientLimitsTest, TheAddressesOfA64AreOneClient) {
  EXPECT_TRUE(limits.open_connection(address("2001:db8:1:2::1")));
  EXPECT_TRUE(limits.open_connection(address("2001:db8:1:2::2")));
  EXPECT_FALSE(limits.open_connection(address("2001:db8:1:2::3")));
  EXPECT_TRUE(limits.open_connection(address("2001:db8:1:3::3")));
}

TEST_F(ClientLimitsTest, NewObjectsComeBackOverAMinute) {
  for (int i = 0; i < 60; ++i) EXPECT_TRUE(limits.take_new_object(kOne)) << i;
  EXPECT_FALSE(limits.take_new_object(kOne));
  EXPECT_TRUE(limits.take_new_object(kOther));

  clock.advance(seconds(1));
  EXPECT_TRUE(limits.take_new_object(kOne));
  EXPECT_FALSE(limits.take_new_object(kOne));
  clock.advance(minutes(10));
  for (int i = 0; i < 60; ++i) EXPECT_TRUE(limits.take_new_object(kOne)) << i;
  EXPECT_FALSE(limits.take_new_object(kOne));
}

TEST_F(ClientLimitsTest, ClosingAConnectionGivesNoNewObjectsBack) {
  limits.open_connection(kOne);
  for (int i = 0; i < 60; ++i) limits.take_new_object(kOne);
  limits.close_connection(kOne);
  limits.open_connection(kOne);
  EXPECT_FALSE(limits.take_new_object(kOne));
}

TEST_F(ClientLimitsTest, NothingIsALimitOfZero) {
  limits.set({.connections = 0, .requests = 0, .new_objects = 0, .least_send_rate = 0});
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(limits.open_connection(kOne));
    EXPECT_TRUE(limits.open_request(kOne));
    EXPECT_TRUE(limits.take_new_object(kOne));
  }
}

TEST_F(ClientLimitsTest, UnlimitedClientsMeetNoLimit) {
  limits.set({.connections = 1,
              .requests = 1,
              .new_objects = 1,
              .least_send_rate = 500,
              .unlimited = {*net::parse_prefix("10.0.0.0/8"), *net::parse_prefix("2001:db8::/32")}});
  for (const net::IpAddress& client : {address("10.1.2.3"), address("2001:db8::1")}) {
    for (int i = 0; i < 100; ++i) {
      EXPECT_TRUE(limits.open_connection(client));
      EXPECT_TRUE(limits.open_request(client));
      EXPECT_TRUE(limits.take_new_object(client));
    }
    EXPECT_EQ(limits.terms(client).least_send_rate, 0U);
    EXPECT_TRUE(limits.is_unlimited(client));
  }
  EXPECT_EQ(limits.terms(kOne).least_send_rate, 500U);
  EXPECT_FALSE(limits.is_unlimited(kOne));
}

TEST_F(ClientLimitsTest, AClientHasOneShareNumberAndUnlimitedClientsHaveNone) {
  EXPECT_NE(limits.terms(kOne).share_number, 0U);
  EXPECT_NE(limits.terms(kOne).share_number, limits.terms(kOther).share_number);
  EXPECT_EQ(limits.terms(address("2001:db8:1:2::1")).share_number,
            limits.terms(address("2001:db8:1:2:f::9")).share_number);
  EXPECT_NE(limits.terms(address("2001:db8:1:2::1")).share_number,
            limits.terms(address("2001:db8:1:3::1")).share_number);
  limits.set({.unlimited = {*net::parse_prefix("192.0.2.1/32")}});
  EXPECT_EQ(limits.terms(kOne).share_number, 0U);
  EXPECT_NE(limits.terms(kOther).share_number, 0U);
}

TEST_F(ClientLimitsTest, WhatIsOpenCountsUnderNewLimits) {
  limits.open_connection(kOne);
  limits.open_connection(kOne);
  limits.set({.connections = 3});
  EXPECT_TRUE(limits.open_connection(kOne));
  EXPECT_FALSE(limits.open_connection(kOne));
}

TEST_F(ClientLimitsTest, ClientsWithNothingOpenAreForgotten) {
  limits.open_connection(kOne);
  limits.close_connection(kOne);
  EXPECT_EQ(limits.remembered(), 0U);

  limits.take_new_object(kOne);
  EXPECT_EQ(limits.remembered(), 1U);
  clock.advance(minutes(1));
  limits.open_connection(kOne);
  limits.close_connection(kOne);
  EXPECT_EQ(limits.remembered(), 0U);
}

TEST_F(ClientLimitsTest, HoweverManyClientsComeMemoryIsBounded) {
  for (std::uint32_t i = 0; i < 3 * ClientLimits::kMostIdle; ++i) {
    limits.take_new_object(net::IpAddress::v4(0x0a000000 + i));
  }
  EXPECT_LE(limits.remembered(), ClientLimits::kMostIdle);
  EXPECT_GE(limits.remembered(), ClientLimits::kMostIdle / 2);
}

TEST(ClientOf, ASiteIsAnAddressOrThe48OfOne) {
  EXPECT_EQ(net::site_of(address("192.0.2.1")), address("192.0.2.1"));
  EXPECT_EQ(net::site_of(address("2001:db8:1:2:3:4:5:6")), address("2001:db8:1::"));
}

TEST(ClientLimitsOfSites, TheClientsOfASiteHaveALimitTogether) {
  support::ManualClock clock;
  ClientLimits limits({.connections = 2, .site_share = 2}, clock);
  for (const char* one : {"2001:db8:1:1::1", "2001:db8:1:2::1", "2001:db8:1:3::1", "2001:db8:1:0::1"}) {
    EXPECT_TRUE(limits.open_connection(address(one))) << one;
  }
  EXPECT_FALSE(limits.open_connection(address("2001:db8:1:5::1")));
  EXPECT_TRUE(limits.open_connection(address("2001:db8:2:5::1"))) << "another site";
  limits.close_connection(address("2001:db8:1:0::1"));
  EXPECT_TRUE(limits.open_connection(address("2001:db8:1:5::1")));
}

TEST(ClientLimitsOfSites, TheClientsOfASiteHaveRequestsTogether) {
  support::ManualClock clock;
  ClientLimits limits({.requests = 2, .site_share = 2}, clock);
  for (const char* one : {"2001:db8:1:1::1", "2001:db8:1:2::1", "2001:db8:1:3::1", "2001:db8:1:0::1"}) {
    EXPECT_TRUE(limits.open_request(address(one))) << one;
  }
  EXPECT_FALSE(limits.open_request(address("2001:db8:1:5::1")));
  EXPECT_TRUE(limits.open_request(address("2001:db8:2:5::1"))) << "another site";
  limits.close_request(address("2001:db8:1:0::1"));
  EXPECT_TRUE(limits.open_request(address("2001:db8:1:5::1")));
}

TEST(ClientLimitsOfSites, HoweverManyNetworksASiteHasOthersFindFreeConnections) {
  support::ManualClock clock;
  ClientLimits limits({.connections = 100, .site_share = 4}, clock);
  std::size_t free = 400;
  for (unsigned network = 0; network < 1000; ++network) {
    const auto one = *net::parse_address("2001:db8:1:" + std::to_string(network) + "::1");
    if (limits.open_connection(one, free - 1)) --free;
  }
  EXPECT_GE(free, 200U);
}

TEST(ClientLimitsOfSites, WithoutAShareASiteHasNoLimit) {
  support::ManualClock clock;
  ClientLimits limits({.connections = 1}, clock);
  for (unsigned network = 0; network < 50; ++network) {
    EXPECT_TRUE(limits.open_connection(*net::parse_address("2001:db8:1:" + std::to_string(network) + "::1")));
  }
}

struct HandshakesTest : testing::Test {
  unsigned shaken(std::string_view client, unsigned tries) {
    unsigned allowed = 0;
    for (unsigned i = 0; i < tries; ++i) allowed += limits.take_handshake(address(client)) ? 1 : 0;
    return allowed;
  }

  support::ManualClock clock;
  ClientLimits limits{{.handshakes = 60, .unlimited = {*net::parse_prefix("10.0.0.0/8")}, .site_share = 4}, clock};
};

TEST_F(HandshakesTest, ComeBackOverAMinuteForEachClient) {
  EXPECT_EQ(shaken("192.0.2.1", 200), 60U);
  EXPECT_EQ(shaken("192.0.2.2", 1), 1U) << "another one does not notice";
  EXPECT_EQ(shaken("10.0.0.1", 200), 200U) << "no limit holds for it";
  clock.advance(seconds(2));
  EXPECT_EQ(shaken("192.0.2.1", 200), 2U);
  clock.advance(minutes(1));
  EXPECT_EQ(shaken("192.0.2.1", 200), 60U);
}

TEST_F(HandshakesTest, OfASiteAreBoundedTooHoweverManyNetworksItHas) {
  unsigned allowed = 0;
  for (unsigned network = 0; network < 100; ++network) {
    allowed += shaken("2001:db8:1:" + std::to_string(network) + "::1", 10);
  }
  EXPECT_EQ(allowed, 240U);
  EXPECT_EQ(shaken("2001:db8:2:1::1", 10), 10U);
  clock.advance(minutes(1));
  EXPECT_EQ(shaken("2001:db8:1:1::1", 200), 60U) << "what a client is refused costs its site nothing";
  EXPECT_EQ(shaken("2001:db8:1:2::1", 60), 60U);
}

TEST_F(HandshakesTest, OfASchoolBehindOneAddressAllComeThrough) {
  limits.set({.handshakes = 1200});
  EXPECT_EQ(shaken("192.0.2.1", 180), 180U) << "thirty at once";
  for (unsigned pupil = 0; pupil < 200; ++pupil) {
    EXPECT_EQ(shaken("192.0.2.1", 6), 6U) << pupil;  // as many connections as a browser opens
    clock.advance(std::chrono::milliseconds(300));   // all within a minute
  }
}

TEST_F(HandshakesTest, AMinutesWorthDoesNotComeAtOnce) {
  limits.set({.handshakes = 1200, .site_share = 4});
  EXPECT_EQ(shaken("192.0.2.1", 2000), 200U);
  clock.advance(seconds(1));
  EXPECT_EQ(shaken("192.0.2.1", 2000), 20U);
  clock.advance(minutes(10));
  EXPECT_EQ(shaken("192.0.2.1", 2000), 200U);
  unsigned of_site = 0;
  for (unsigned network = 0; network < 10; ++network) {
    of_site += shaken("2001:db8:1:" + std::to_string(network) + "::1", 2000);
  }
  EXPECT_EQ(of_site, 800U);
}

}  // namespace
}  // namespace larder::http
