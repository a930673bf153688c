#include "node/trickle_guard.h"

#include <gtest/gtest.h>

namespace larder::node {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(TrickleGuard, CutsBeforeClientsLeaveTheNode) {
  TrickleGuard guard;
  for (int i = 0; i < 14; ++i) guard.add(seconds(1), 3000);
  EXPECT_FALSE(guard.trickles());
  guard.add(seconds(1), 3000);
  EXPECT_TRUE(guard.trickles());
}

TEST(TrickleGuard, LeavesWhatClientsPutUpWith) {
  TrickleGuard guard;
  for (int i = 0; i < 1000; ++i) {
    guard.add(milliseconds(100), 500);
    ASSERT_FALSE(guard.trickles()) << i;
  }
}

TEST(TrickleGuard, ABurstBeforeATrickleDoesNotHideIt) {
  TrickleGuard guard;
  guard.add(seconds(1), 100'000'000);
  int until = 0;
  while (!guard.trickles() && until < 100) {
    guard.add(seconds(1), 1000);
    ++until;
  }
  EXPECT_GE(until, 15);
  EXPECT_LE(until, 17) << "clients leave after 20 seconds";
}

TEST(TrickleGuard, OnlyWaitingCounts) {
  TrickleGuard guard;
  for (int i = 0; i < 1000; ++i) guard.add({}, 1);
  EXPECT_FALSE(guard.trickles());
}

}  // namespace
}  // namespace larder::node
