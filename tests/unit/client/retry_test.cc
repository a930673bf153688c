#include "client/retry.h"

#include <gtest/gtest.h>

namespace larder::client {
namespace {

using std::chrono::milliseconds;

TEST(Retry, APortalThatIsNotThereIsNotTriedAgain) { EXPECT_FALSE(Retry(true).after_lost(false)); }

TEST(Retry, ALostAnswerIsAskedForAgainSoManyTimes) {
  Retry retry(true);
  int tries = 1;
  while (retry.after_lost(true)) ++tries;
  EXPECT_EQ(tries, Retry::kMostTries);
}

TEST(Retry, AfterALostAnswerAPortalMayBeStarting) {
  Retry retry(true);
  ASSERT_TRUE(retry.after_lost(true));
  EXPECT_TRUE(retry.after_lost(false));
}

TEST(Retry, WhatCannotBeRepeatedIsNot) {
  EXPECT_FALSE(Retry(false).after_lost(true));
  EXPECT_FALSE(Retry(false).after_refused("1"));
}

TEST(Retry, PausesGrowAndFollowTheAnswer) {
  Retry retry(true);
  EXPECT_EQ(retry.after_refused(""), milliseconds(250));
  EXPECT_EQ(retry.after_refused("3"), milliseconds(3000));
  EXPECT_EQ(retry.after_refused("0"), milliseconds(1000));
}

TEST(Retry, ALongPauseIsBetterSaidThanWaitedFor) { EXPECT_FALSE(Retry(true).after_refused("3600")); }

}  // namespace
}  // namespace larder::client
