#include "node/node_sockets.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "support/socket.h"
#include "support/temp_dir.h"

namespace larder::node {
namespace {

net::Endpoint endpoint(std::string_view text) { return net::parse_endpoint(text).value(); }

/// Copies of a socket have the same.
ino_t identity(const net::ListeningSocket& socket) {
  struct stat status{};
  EXPECT_EQ(::fstat(socket.descriptor(), &status), 0);
  return status.st_ino;
}

class NodeSocketsTest : public testing::Test {
 protected:
  NodeSocketsTest() {
    Log::Options options;
    options.target = folder / "log";
    log = *Log::open(options);
  }

  /// Adds one to what is inherited.
  net::Endpoint inherit(const std::string& name, const net::Endpoint& at, bool reuse_port = true) {
    auto socket = net::ListeningSocket::bind(at, {.reuse_port = reuse_port}).value();
    EXPECT_TRUE(socket.begin());
    const net::Endpoint local = socket.local();
    identities.push_back(identity(socket));
    inherited.push_back({name, std::move(socket)});
    return local;
  }
  NodeSockets bind(std::size_t loops) {
    auto bound = NodeSockets::bind(config, loops, std::move(inherited), *log);
    EXPECT_TRUE(bound) << bound.error().text;
    return *std::move(bound);
  }
  static std::vector<ino_t> identities_of(const NodeSockets::Door& door) {
    std::vector<ino_t> all;
    for (const net::ListeningSocket& socket : door.sockets) all.push_back(identity(socket));
    return all;
  }
  std::string log_text() {
    log->flush();
    return support::read_file(folder / "log");
  }

  support::TempDir folder;
  std::unique_ptr<Log> log;
  ListenConfig config;
  std::vector<service::InheritedSocket> inherited;
  std::vector<ino_t> identities;  // of `inherited`
};

TEST_F(NodeSocketsTest, EachLoopHasASocketOfItsOwnOnThePort) {
  config.http = {endpoint("127.0.0.1:0"), endpoint("127.0.0.2:0")};
  config.https = {endpoint("127.0.0.1:0")};
  config.status = endpoint("127.0.0.1:0");
  NodeSockets sockets = bind(3);
  ASSERT_EQ(sockets.http().size(), 2u);
  ASSERT_EQ(sockets.https().size(), 1u);
  for (const NodeSockets::Door* door : {&sockets.http()[0], &sockets.http()[1], &sockets.https()[0]}) {
    EXPECT_NE(door->endpoint.port, 0);
    const auto all = identities_of(*door);
    EXPECT_EQ(std::set<ino_t>(all.begin(), all.end()).size(), 3u);
    for (const net::ListeningSocket& socket : door->sockets) EXPECT_EQ(socket.local(), door->endpoint);
    EXPECT_ANY_THROW(support::Socket::connect(to_string(door->endpoint))) << "nobody can connect yet";
  }
  EXPECT_EQ(to_string(sockets.http()[1].endpoint.address), "127.0.0.2");
  ASSERT_TRUE(sockets.status());
  EXPECT_NE(sockets.status()->local().port, 0);
  EXPECT_EQ(log_text(), "");
}

TEST_F(NodeSocketsTest, AnotherNodeOnThePortIsAConflict) {
  auto other = net::ListeningSocket::bind(endpoint("127.0.0.1:0")).value();  // it would share its port
  ASSERT_TRUE(other.begin());
  config.http = {other.local()};
  const auto bound = NodeSockets::bind(config, 2, {}, *log);
  ASSERT_FALSE(bound);
  EXPECT_EQ(bound.error().code, Errc::kConflict);
  EXPECT_NE(bound.error().text.find(to_string(other.local())), std::string::npos) << bound.error().text;
}

TEST_F(NodeSocketsTest, ForMoreLoopsThanThereAreSocketsOthersAreBoundBeside) {
  const net::Endpoint at = inherit("http", endpoint("127.0.0.1:0"));
  inherit("http", at);
  config.http = {at};
  NodeSockets sockets = bind(4);
  ASSERT_EQ(sockets.http().size(), 1u);
  const auto all = identities_of(sockets.http()[0]);
  ASSERT_EQ(all.size(), 4u);
  EXPECT_EQ(all[0], identities[0]);
  EXPECT_EQ(all[1], identities[1]);
  EXPECT_EQ(std::set<ino_t>(all.begin(), all.end()).size(), 4u);
  for (const net::ListeningSocket& socket : sockets.http()[0].sockets) EXPECT_EQ(socket.local(), at);
}

TEST_F(NodeSocketsTest, WithFewerLoopsNoSocketIsLeftOut) {
  const net::Endpoint at = inherit("http", endpoint("127.0.0.1:0"));
  for (int i = 0; i < 4; ++i) inherit("http", at);
  config.http = {at};
  NodeSockets sockets = bind(2);
  EXPECT_EQ(identities_of(sockets.http()[0]), identities);
}

TEST_F(NodeSocketsTest, OneThatDoesNotShareItsPortIsForAllLoops) {
  const net::Endpoint at = inherit("http", endpoint("127.0.0.1:0"), false);
  config.http = {at};
  NodeSockets sockets = bind(3);
  EXPECT_EQ(identities_of(sockets.http()[0]), std::vector<ino_t>(3, identities[0]));
  EXPECT_EQ(sockets.http()[0].endpoint, at);
}

// A supervisor has bound it, and the node runs as another user: beside it the kernel lets only sockets of its own be.
TEST_F(NodeSocketsTest, OneOfAnotherUserIsForAllLoops) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can become another user";
  const net::Endpoint at = inherit("http", endpoint("127.0.0.1:0"));
  config.http = {at};
  constexpr uid_t kNobody = 65'534;
  ASSERT_EQ(::seteuid(kNobody), 0);
  const bool can_be_bound = net::ListeningSocket::bind(at).has_value();
  auto sockets = NodeSockets::bind(config, 3, std::move(inherited), *log);
  ASSERT_EQ(::seteuid(0), 0);
  EXPECT_FALSE(can_be_bound);
  ASSERT_TRUE(sockets) << sockets.error().text;
  EXPECT_EQ(identities_of(sockets->http()[0]), std::vector<ino_t>(3, identities[0]));
}

TEST_F(NodeSocketsTest, AreToldApartByTheirNames) {
  // In another order than the configuration's.
  const net::Endpoint status = inherit("status", endpoint("127.0.0.1:0"));
  const net::Endpoint https = inherit("https", endpoint("127.0.0.1:0"));
  const net::Endpoint http = inherit("http", endpoint("127.0.0.1:0"));
  config.http = config.https = {endpoint("127.0.0.1:0")};
  config.status = endpoint("127.0.0.1:0");
  NodeSockets sockets = bind(1);
  EXPECT_EQ(sockets.http()[0].endpoint, http);
  EXPECT_EQ(sockets.https()[0].endpoint, https);
  EXPECT_EQ(sockets.status()->local(), status);
  EXPECT_EQ(identities_of(sockets.http()[0]), std::vector<ino_t>{identities[2]});
  EXPECT_EQ(log_text(), "");
}

TEST_F(NodeSocketsTest, OneOfAnotherNameIsForWhateverHasItsAddress) {
  const net::Endpoint first = inherit("larder.socket", endpoint("127.0.0.1:0"));
  const net::Endpoint second = inherit("unknown", endpoint("127.0.0.1:0"));
  config.https = {first};
  config.status = second;
  NodeSockets sockets = bind(1);
  EXPECT_EQ(identities_of(sockets.https()[0]), std::vector<ino_t>{identities[0]});
  EXPECT_EQ(identity(*sockets.status()), identities[1]);
}

TEST_F(NodeSocketsTest, PortZeroTakesOnlyWhatBearsItsName) {
  inherit("larder.socket", endpoint("127.0.0.1:0"));
  inherit("https", endpoint("127.0.0.1:0"));
  config.http = {endpoint("127.0.0.1:0")};
  NodeSockets sockets = bind(1);
  const ino_t bound = identity(sockets.http()[0].sockets[0]);
  EXPECT_NE(bound, identities[0]);
  EXPECT_NE(bound, identities[1]);
}

TEST_F(NodeSocketsTest, PortZeroTwiceTakesTwoPorts) {
  const net::Endpoint first = inherit("http", endpoint("127.0.0.1:0"));
  const net::Endpoint second = inherit("http", endpoint("127.0.0.1:0"));
  inherit("http", first);
  inherit("http", second);
  config.http = {endpoint("127.0.0.1:0"), endpoint("127.0.0.1:0")};
  NodeSockets sockets = bind(2);
  EXPECT_EQ(sockets.http()[0].endpoint, first);
  EXPECT_EQ(sockets.http()[1].endpoint, second);
  EXPECT_EQ(identities_of(sockets.http()[0]), (std::vector<ino_t>{identities[0], identities[2]}));
  EXPECT_EQ(identities_of(sockets.http()[1]), (std::vector<ino_t>{identities[1], identities[3]}));
}

TEST_F(NodeSocketsTest, WhatIsForNoAddressIsNamedAndClosed) {
  const net::Endpoint other_port = inherit("http", endpoint("127.0.0.1:0"));
  const net::Endpoint other_address = inherit("http", endpoint("127.0.0.2:0"));
  const net::Endpoint no_status = inherit("status", endpoint("127.0.0.1:0"));
  const net::Endpoint used = inherit("http", endpoint("127.0.0.1:0"));
  config.http = {used};
  NodeSockets sockets = bind(1);
  EXPECT_EQ(identities_of(sockets.http()[0]), std::vector<ino_t>{identities[3]});
  EXPECT_NO_THROW(support::Socket::connect(to_string(other_port))) << "this start may fail yet";
  sockets.end_unused();
  const std::string text = log_text();
  for (const net::Endpoint& left : {other_port, other_address, no_status}) {
    EXPECT_NE(text.find("\"" + to_string(left) + "\""), std::string::npos) << text;
    EXPECT_ANY_THROW(support::Socket::connect(to_string(left)));
  }
  EXPECT_EQ(text.find("\"" + to_string(used) + "\""), std::string::npos) << text;
}

}  // namespace
}  // namespace larder::node
