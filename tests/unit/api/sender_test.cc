#include "api/sender.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace larder::api {
namespace {

// Who a request is taken to come from, through the proxies 10.0.0.0/24 and fd00::1.
class SenderTest : public ::testing::Test {
 protected:
  Sender find(const std::string& peer, bool tls, const std::string& forwarded = "", const std::string& proto = "") {
    http::FieldList fields;
    if (!forwarded.empty()) fields.add("x-forwarded-for", forwarded);
    if (!proto.empty()) fields.add("X-Forwarded-Proto", proto);
    return find_sender(*net::parse_address(peer), tls, fields, trusted_);
  }
  std::string client(const std::string& peer, const std::string& forwarded) {
    return net::to_string(find(peer, false, forwarded).client);
  }

  std::vector<net::Prefix> trusted_ = {*net::parse_prefix("10.0.0.0/24"), *net::parse_prefix("fd00::1")};
};

TEST_F(SenderTest, AListedProxyIsBelieved) {
  EXPECT_EQ(client("10.0.0.7", "192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(client("fd00::1", "2001:db8::1"), "2001:db8::1");
  EXPECT_EQ(client("10.0.0.7", "[2001:db8::1]:4711"), "2001:db8::1");
  EXPECT_EQ(client("10.0.0.7", "192.0.2.1:4711"), "192.0.2.1");
}

TEST_F(SenderTest, AStrangerIsNot) {
  EXPECT_EQ(client("192.0.2.9", "192.0.2.1"), "192.0.2.9");
  EXPECT_FALSE(find("192.0.2.9", false, "", "https").secure);
  EXPECT_EQ(client("127.0.0.1", "192.0.2.1"), "127.0.0.1");
}

TEST_F(SenderTest, OnlyWhatListedProxiesAddedCounts) {
  // The client itself sent the first; the last two were added by the proxies on the way.
  EXPECT_EQ(client("10.0.0.7", "1.1.1.1, 192.0.2.1,10.0.0.8"), "192.0.2.1");
  EXPECT_EQ(client("10.0.0.7", "10.0.0.8"), "10.0.0.8");
  EXPECT_EQ(client("10.0.0.7", "192.0.2.1, rubbish"), "10.0.0.7");
  EXPECT_EQ(client("10.0.0.7", "192.0.2.1, rubbish, 10.0.0.8"), "10.0.0.8");
  EXPECT_EQ(client("10.0.0.7", ""), "10.0.0.7");
}

TEST_F(SenderTest, SeveralLinesAreOneList) {
  http::FieldList fields;
  fields.add("X-Forwarded-For", "192.0.2.1");
  fields.add("X-Forwarded-For", "198.51.100.1, 10.0.0.8");
  EXPECT_EQ(net::to_string(find_sender(*net::parse_address("10.0.0.7"), false, fields, trusted_).client),
            "198.51.100.1");
}

TEST_F(SenderTest, TlsIsOursOrTheProxys) {
  EXPECT_TRUE(find("192.0.2.9", true).secure);
  EXPECT_TRUE(find("10.0.0.7", false, "192.0.2.1", "HTTPS").secure);
  EXPECT_TRUE(find("10.0.0.7", false, "192.0.2.1", "http, https").secure);
  EXPECT_FALSE(find("10.0.0.7", false, "192.0.2.1", "https, http").secure);
  EXPECT_FALSE(find("10.0.0.7", false, "192.0.2.1").secure);
}

TEST_F(SenderTest, PlainHttpIsForThisMachineAndListedProxies) {
  EXPECT_TRUE(find("127.0.0.1", false).allowed);
  EXPECT_TRUE(find("::1", false).allowed);
  EXPECT_TRUE(find("10.0.0.7", false, "192.0.2.1").allowed);
  EXPECT_TRUE(find("192.0.2.9", true).allowed);
  EXPECT_FALSE(find("192.0.2.9", false).allowed);
  EXPECT_FALSE(find("10.0.1.7", false, "127.0.0.1", "https").allowed);
}

}  // namespace
}  // namespace larder::api
