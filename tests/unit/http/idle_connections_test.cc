#include "http/idle_connections.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "support/task_fixture.h"

namespace larder::http {
namespace {

using Where = IdleConnections::Where;

class IdleConnectionsTest : public support::TaskFixture {
 protected:
  // Stay: a connection of this machine, which is one site.
  struct Stay {
    Stay(IdleConnections& all, support::Connection both)
        : ends(std::move(both)), connection(std::make_unique<IdleConnections::Connection>(all, *ends.server)) {}
    void wait(Where where = Where::kBetweenExchanges) { waiting.emplace(connection.get(), where); }

    support::Connection ends;
    std::unique_ptr<IdleConnections::Connection> connection;
    std::optional<IdleConnections::Wait> waiting;
  };
  std::unique_ptr<Stay> open() { return std::make_unique<Stay>(idle_, connect()); }

  IdleConnections idle_;
};

TEST_F(IdleConnectionsTest, CountsThoseThatWaitWhileTheyWait) {
  const auto first = open();
  const auto second = open();
  EXPECT_EQ(idle_.crowd().idle, 0U);
  first->wait();
  second->wait();
  EXPECT_EQ(idle_.crowd().idle, 2U);
  EXPECT_EQ(net::to_string(idle_.crowd().site), "127.0.0.1");
  first->waiting.reset();
  EXPECT_EQ(idle_.crowd().idle, 1U);
  second->waiting.reset();
  EXPECT_EQ(idle_.crowd().idle, 0U);
}

TEST_F(IdleConnectionsTest, TheOneThatHasWaitedForTheLongestIsClosed) {
  const auto first = open();
  const auto second = open();
  first->wait();
  second->wait();
  first->waiting.reset();
  first->wait();
  idle_.close_one_of(idle_.crowd().site);
  EXPECT_EQ(second->ends.server->descriptor(), -1);
  EXPECT_NE(first->ends.server->descriptor(), -1);
  EXPECT_EQ(idle_.crowd().idle, 1U) << "what is closed is nobody's place any more";
}

TEST_F(IdleConnectionsTest, OneThatSpeaksForAClientCountsAsThatClientsMeanwhile) {
  const auto proxy = open();
  {
    const IdleConnections::OnBehalf on_behalf(proxy->connection.get(), *net::parse_address("2001:db8:1:2::3"));
    proxy->wait(Where::kWithinOne);
    EXPECT_EQ(net::to_string(idle_.crowd().site), "2001:db8:1::");
    proxy->waiting.reset();
  }
  proxy->wait();
  EXPECT_EQ(net::to_string(idle_.crowd().site), "127.0.0.1");
}

TEST_F(IdleConnectionsTest, OneWithinAnExchangeStaysWhileItsSiteHasOthers) {
  const auto upload = open();
  const auto idle = open();
  upload->wait(Where::kWithinOne);
  idle->wait();
  idle_.close_one_of(idle_.crowd().site);
  EXPECT_NE(upload->ends.server->descriptor(), -1);
  EXPECT_EQ(idle->ends.server->descriptor(), -1);
  idle_.close_one_of(idle_.crowd().site);
  EXPECT_EQ(upload->ends.server->descriptor(), -1);
}

TEST_F(IdleConnectionsTest, WhatBreaksOffDoesNotLookWhole) {
  const auto whole = open();
  const auto part = open();
  whole->wait();
  part->wait(Where::kWithinOne);
  for (int i = 0; i < 2; ++i) idle_.close_one_of(idle_.crowd().site);
  EXPECT_EQ(run(support::read_to_end(*whole->ends.client)), "");
  EXPECT_TRUE(run(support::read_to_end(*part->ends.client)).ends_with(">")) << "reset";
}

}  // namespace
}  // namespace larder::http
