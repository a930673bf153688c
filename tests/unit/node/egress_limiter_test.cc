#include "node/egress_limiter.h"

#include <gtest/gtest.h>

#include "support/manual_clock.h"

namespace larder::node {
namespace {

TEST(EgressLimiter, WithoutARateNobodyWaits) {
  EgressLimiter limiter;
  support::ManualClock clock;
  limiter.charge(1'000'000'000, clock.now());
  EXPECT_EQ(limiter.delay(clock.now()).count(), 0);
}

TEST(EgressLimiter, OverTimeNoMoreGoesOutThanTheRate) {
  EgressLimiter limiter;
  limiter.set_rate(1'000'000);
  support::ManualClock clock;
  const SteadyTime begin = clock.now();
  std::uint64_t sent = 0;
  for (int i = 0; i < 1000; ++i) {
    clock.advance(limiter.delay(clock.now()));
    limiter.charge(10'000, clock.now());
    sent += 10'000;
  }
  const double elapsed = std::chrono::duration<double>(clock.now() - begin).count();
  EXPECT_NEAR(static_cast<double>(sent) / elapsed, 1'000'000, 10'000);
}

TEST(EgressLimiter, APauseIsNotSavedUpBeyondTheBurst) {
  EgressLimiter limiter;
  limiter.set_rate(1'000'000);
  support::ManualClock clock;
  clock.advance(std::chrono::hours(1));
  limiter.charge(1'000'000, clock.now());  // a second's worth
  EXPECT_EQ(limiter.delay(clock.now()), std::chrono::seconds(1) - EgressLimiter::kBurst);
}

TEST(EgressLimiter, NobodyIsSilentForLongAtAnyRate) {
  for (const std::uint64_t rate : {10'000ULL, 125'000ULL, 1'000'000ULL, 125'000'000ULL}) {
    EgressLimiter limiter;
    limiter.set_rate(rate);
    support::ManualClock clock;
    for (int client = 0; client < 8; ++client) {
      while (limiter.delay(clock.now()).count() > 0) clock.advance(limiter.delay(clock.now()));
      limiter.charge(limiter.step(), clock.now());
      EXPECT_LE(limiter.delay(clock.now()), std::chrono::milliseconds(500)) << rate;
    }
  }
}

TEST(EgressLimiter, WhoeverWaitsDoesNotWakeForEveryStep) {
  EgressLimiter limiter;
  limiter.set_rate(1'000'000'000);
  support::ManualClock clock;
  while (limiter.delay(clock.now()).count() == 0) limiter.charge(limiter.step(), clock.now());
  EXPECT_GE(limiter.delay(clock.now()), EgressLimiter::kLeastDelay);
}

}  // namespace
}  // namespace larder::node
