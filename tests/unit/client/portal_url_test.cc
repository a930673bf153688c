#include "client/portal_url.h"

#include <gtest/gtest.h>

namespace larder::client {
namespace {

TEST(PortalUrl, ASchemeThatIsLeftOffIsCompleted) {
  EXPECT_EQ(parse_portal_url("portal.example", false)->text, "https://portal.example");
  EXPECT_EQ(parse_portal_url("Portal.Example:9443/", false)->text, "https://portal.example:9443");
  EXPECT_EQ(parse_portal_url("127.0.0.1:9080", false)->text, "http://127.0.0.1:9080");
  EXPECT_EQ(parse_portal_url("[::1]:9080", false)->text, "http://[::1]:9080");
}

TEST(PortalUrl, PlainHttpIsForThisMachineOnly) {
  EXPECT_TRUE(parse_portal_url("http://localhost:9080", false));
  EXPECT_FALSE(parse_portal_url("http://portal.example", false));
  EXPECT_FALSE(parse_portal_url("http://127.evil.example", false));
  EXPECT_TRUE(parse_portal_url("http://portal.example", true));
}

TEST(PortalUrl, WhatIsNoAddressIsRefused) {
  for (const char* text : {"", "https://", "ftp://portal.example", "https://a b", "https://portal.example:0",
                           "https://portal.example:99999", "https://you:secret@portal.example", "portal.example/path",
                           "https://portal.example?x", "[::1", "[::1]x"}) {
    EXPECT_FALSE(parse_portal_url(text, true)) << text;
  }
}

TEST(PortalUrl, HostIsWithoutThePort) {
  EXPECT_EQ(parse_portal_url("portal.example:9443", false)->host(), "portal.example");
  EXPECT_EQ(parse_portal_url("[::1]:9443", false)->host(), "[::1]");
}

TEST(PercentEncoded, OnlyUnreservedCharactersStay) {
  EXPECT_EQ(percent_encoded("a-b_c.d~e/f&ü"), "a-b_c.d~e%2Ff%26%C3%BC");
}

}  // namespace
}  // namespace larder::client
