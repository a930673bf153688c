#include "net/listener.h"

#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <vector>

#include "support/task_fixture.h"

namespace larder::net {
namespace {

Endpoint endpoint(std::string_view text) { return parse_endpoint(text).value(); }

class ListenerTest : public support::TaskFixture {};

TEST_F(ListenerTest, PortZeroTakesAFreeOne) {
  const auto listener = Listener::open(executor(), sweeper_, endpoint("127.0.0.1:0"));
  ASSERT_TRUE(listener);
  EXPECT_NE((*listener)->local().port, 0);
}

TEST_F(ListenerTest, AcceptsOverIpv6) {
  const auto listener = Listener::open(executor(), sweeper_, endpoint("[::1]:0"));
  if (!listener) GTEST_SKIP() << "no IPv6 here";
  ASSERT_TRUE(run(dial(executor(), sweeper_, (*listener)->local(), SteadyTime::max())));
  const auto accepted = run((*listener)->accept());
  ASSERT_TRUE(accepted);
  EXPECT_EQ(to_string((*accepted)->peer().address), "::1");
}

TEST_F(ListenerTest, SharesItsPortWhenAsked) {
  const auto first = Listener::open(executor(), sweeper_, endpoint("127.0.0.1:0"));
  ASSERT_TRUE(first);
  EXPECT_TRUE(Listener::open(executor(), sweeper_, (*first)->local()));
}

TEST_F(ListenerTest, APortInUseIsAConflictThatNamesIt) {
  const Listener::Options alone = {.reuse_port = false, .backlog = 16};
  const auto first = Listener::open(executor(), sweeper_, endpoint("127.0.0.1:0"), alone);
  ASSERT_TRUE(first);
  const auto second = Listener::open(executor(), sweeper_, (*first)->local(), alone);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::kConflict);
  EXPECT_NE(second.error().text.find(to_string((*first)->local())), std::string::npos);
}

TEST_F(ListenerTest, ClosingEndsAnAccept) {
  const auto listener = Listener::open(executor(), sweeper_, endpoint("127.0.0.1:0"));
  ASSERT_TRUE(listener);
  asio::post(context_, [&] { (*listener)->close(); });
  EXPECT_EQ(run((*listener)->accept()).error().code, Errc::kCancelled);
  EXPECT_EQ(run((*listener)->accept()).error().code, Errc::kCancelled);
}

TEST_F(ListenerTest, OutOfDescriptorsIsUnavailableAndPasses) {
  const auto listener = Listener::open(executor(), sweeper_, endpoint("127.0.0.1:0"));
  ASSERT_TRUE(listener);
  const auto client = run(dial(executor(), sweeper_, (*listener)->local(), SteadyTime::max()));
  ASSERT_TRUE(client);

  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit none = before;
  none.rlim_cur = 3;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  const auto refused = run((*listener)->accept());
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kUnavailable);
  EXPECT_TRUE(run((*listener)->accept()));
}

TEST_F(ListenerTest, WhatTheKernelHoldsForAConnectionIsBounded) {
  constexpr int kBytes = 64 << 10;
  const auto listener = Listener::open(executor(), sweeper_, endpoint("127.0.0.1:0"), {.send_buffer = kBytes});
  ASSERT_TRUE(listener);
  ASSERT_TRUE(run(dial(executor(), sweeper_, (*listener)->local(), SteadyTime::max())));
  const auto accepted = run((*listener)->accept());
  ASSERT_TRUE(accepted);
  int held = 0;
  socklen_t size = sizeof held;
  ASSERT_EQ(::getsockopt((*accepted)->descriptor(), SOL_SOCKET, SO_SNDBUF, &held, &size), 0);
  EXPECT_EQ(held, kBytes);
}

}  // namespace
}  // namespace larder::net
