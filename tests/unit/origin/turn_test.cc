#include "origin/turn.h"

#include <gtest/gtest.h>

namespace larder::origin {
namespace {

using std::chrono::seconds;

TEST(Turn, BecomesMoreUrgentAndNeverLess) {
  Turn turn(Urgency::kReadAhead);
  turn.raise(Urgency::kFirstByte);
  EXPECT_EQ(turn.urgency(), Urgency::kFirstByte);
  turn.raise(Urgency::kAwaited);
  EXPECT_EQ(turn.urgency(), Urgency::kFirstByte);
}

TEST(Turn, WhatWasWaitedIsAddedToADeadline) {
  Turn turn(Urgency::kAwaited);
  const Deadline deadline(SteadyTime() + seconds(10));
  EXPECT_EQ(turn.extended(deadline).time(), SteadyTime() + seconds(10));
  turn.add_wait(seconds(3), false);
  turn.add_wait(seconds(4), true);
  EXPECT_EQ(turn.extended(deadline).time(), SteadyTime() + seconds(17));
  EXPECT_EQ(turn.extended(Deadline::never()).time(), SteadyTime::max());
  EXPECT_TRUE(turn.was_in_vain());
}

}  // namespace
}  // namespace larder::origin
