#include "net/address.h"

#include <gtest/gtest.h>

namespace larder::net {
namespace {

IpAddress address(std::string_view text) { return parse_address(text).value(); }
Prefix prefix(std::string_view text) { return parse_prefix(text).value(); }

TEST(IpAddress, IsWrittenAsItWasRead) {
  for (const char* text : {"0.0.0.0", "192.0.2.1", "255.255.255.255", "::", "::1", "2001:db8::1"}) {
    EXPECT_EQ(to_string(address(text)), text);
  }
}

TEST(IpAddress, MappedIntoIpv6IsTheSameAddress) {
  EXPECT_EQ(address("::ffff:192.0.2.1"), address("192.0.2.1"));
  EXPECT_TRUE(address("::ffff:192.0.2.1").is_v4());
  EXPECT_EQ(address("192.0.2.1").v4_value(), 0xc0000201u);
  EXPECT_EQ(IpAddress::v4(0xc0000201u), address("192.0.2.1"));
}

TEST(IpAddress, RefusesWhatIsNone) {
  for (const std::string_view text : {"", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "[::1]", "fe80::1%eth0",
                                      " 1.2.3.4", "1.2.3.4 ", "::1::", "name", "0x7f.0.0.1"}) {
    EXPECT_FALSE(parse_address(text)) << text;
  }
  EXPECT_FALSE(parse_address(std::string_view("1.2.3.4\0", 8)));
  EXPECT_FALSE(parse_address(std::string(500, '1')));
}

TEST(IpAddress, KnowsSpecialRanges) {
  EXPECT_TRUE(address("127.255.0.1").is_loopback());
  EXPECT_TRUE(address("::1").is_loopback());
  EXPECT_TRUE(address("169.254.1.1").is_link_local());
  EXPECT_TRUE(address("fe80::1").is_link_local());
  EXPECT_TRUE(address("10.1.1.1").is_private());
  EXPECT_TRUE(address("172.31.255.255").is_private());
  EXPECT_FALSE(address("172.32.0.0").is_private());
  EXPECT_TRUE(address("192.168.0.1").is_private());
  EXPECT_TRUE(address("fd00::1").is_unique_local());
  EXPECT_TRUE(address("224.0.0.1").is_multicast());
  EXPECT_TRUE(address("ff02::1").is_multicast());
  EXPECT_TRUE(address("0.0.0.0").is_unspecified());
  EXPECT_TRUE(address("::").is_unspecified());
}

TEST(IpAddress, IsPublicOnlyOutsideEverySpecialRange) {
  for (const char* text : {"8.8.8.8", "1.1.1.1", "172.15.0.1", "100.128.0.1", "2606:4700::1", "2a00::1"}) {
    EXPECT_TRUE(address(text).is_public()) << text;
  }
  for (const char* text : {"0.0.0.1",      "10.0.0.1",    "100.64.0.1",       "127.0.0.1",   "169.254.169.254",
                           "172.16.0.1",   "192.0.0.1",   "192.0.2.1",        "192.168.1.1", "198.18.0.1",
                           "198.51.100.1", "203.0.113.1", "224.0.0.1",        "240.0.0.1",   "255.255.255.255",
                           "::",           "::1",         "::ffff:127.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1",
                           "64:ff9b:1::1", "100::1",      "2001::1",          "2001:db8::1", "2002:7f00:1::",
                           "3fff::1",      "fc00::1",     "fe80::1",          "fec0::1",     "ff02::1"}) {
    EXPECT_FALSE(address(text).is_public()) << text;
  }
}

TEST(Prefix, ContainsItsAddresses) {
  EXPECT_TRUE(prefix("10.0.0.0/8").contains(address("10.255.0.1")));
  EXPECT_FALSE(prefix("10.0.0.0/8").contains(address("11.0.0.0")));
  EXPECT_TRUE(prefix("192.0.2.128/25").contains(address("192.0.2.255")));
  EXPECT_FALSE(prefix("192.0.2.128/25").contains(address("192.0.2.127")));
  EXPECT_TRUE(prefix("2001:db8::/33").contains(address("2001:db8:7fff::1")));
  EXPECT_FALSE(prefix("2001:db8::/33").contains(address("2001:db8:8000::1")));
  EXPECT_TRUE(prefix("0.0.0.0/0").contains(address("255.1.2.3")));
  EXPECT_TRUE(prefix("192.0.2.1").contains(address("192.0.2.1")));
}

TEST(Prefix, OfOneFamilyHoldsNothingOfTheOther) {
  EXPECT_FALSE(prefix("0.0.0.0/0").contains(address("2001:db8::1")));
  EXPECT_FALSE(prefix("::/0").contains(address("192.0.2.1")));
}

TEST(Prefix, ContainsNarrowerOnes) {
  EXPECT_TRUE(prefix("10.0.0.0/8").contains(prefix("10.1.0.0/16")));
  EXPECT_FALSE(prefix("10.1.0.0/16").contains(prefix("10.0.0.0/8")));
}

TEST(Prefix, WithBitsBeyondItsLengthNamesWhatWasMeant) {
  const auto parsed = parse_prefix("10.0.0.1/8");
  ASSERT_FALSE(parsed);
  EXPECT_NE(parsed.error().text.find("10.0.0.0/8"), std::string::npos);
}

TEST(Prefix, RefusesWhatIsNone) {
  for (const char* text :
       {"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8x", "::/129", "10.0.0.0/8/8"}) {
    EXPECT_FALSE(parse_prefix(text)) << text;
  }
}

TEST(Endpoint, IsWrittenAsItWasRead) {
  for (const char* text : {"0.0.0.0:80", "[::]:80", "127.0.0.1:0", "[2001:db8::1]:65535"}) {
    EXPECT_EQ(to_string(parse_endpoint(text).value()), text);
  }
}

TEST(Endpoint, RefusesWhatIsNone) {
  for (const char* text : {"", "80", ":80", "::80", "0.0.0.0", "0.0.0.0:", "0.0.0.0:65536", "[0.0.0.0]:80", "[::]",
                           "host:80", "0.0.0.0:8 0"}) {
    EXPECT_FALSE(parse_endpoint(text)) << text;
  }
}

}  // namespace
}  // namespace larder::net
