#include "node/client_pace.h"

#include <gtest/gtest.h>

namespace larder::node {
namespace {

using std::chrono::seconds;
using Verdict = ClientPace::Verdict;

ClientPace pace() { return ClientPace({.stall = seconds(60), .bytes_per_second = 500}); }

TEST(ClientPace, AClientThatTakesNothingStalls) {
  ClientPace client = pace();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(client.waited(seconds(15), 0), Verdict::kGoesOn);
  EXPECT_EQ(client.waited(seconds(15), 0), Verdict::kStalls);
}

TEST(ClientPace, ASlowClientGoesOnForHours) {
  ClientPace client = pace();
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(client.waited(seconds(15), 15 * 500), Verdict::kGoesOn) << i;
}

TEST(ClientPace, AClientThatTakesLessThanTheRateIsTooSlow) {
  ClientPace client = pace();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(client.waited(seconds(15), 15 * 499), Verdict::kGoesOn);
  EXPECT_EQ(client.waited(seconds(15), 15 * 499), Verdict::kTooSlow);
}

TEST(ClientPace, TheRateIsAnAverageSoPausesAreNoHarm) {
  ClientPace client = pace();
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(client.waited(seconds(55), 0), Verdict::kGoesOn) << i;
    EXPECT_EQ(client.waited(seconds(5), 30'000), Verdict::kGoesOn) << i;
  }
}

TEST(ClientPace, WithoutARateOneByteNowAndThenIsEnough) {
  ClientPace client({.stall = seconds(60), .bytes_per_second = 0});
  for (int i = 0; i < 100; ++i) EXPECT_EQ(client.waited(seconds(50), 1), Verdict::kGoesOn) << i;
}

}  // namespace
}  // namespace larder::node
