#include "core/heavy_hitters.h"

#include <gtest/gtest.h>

#include <random>

namespace larder {
namespace {

using Hitters = HeavyHitters<int>;

TEST(HeavyHitters, AreExactWhileThereIsPlace) {
  Hitters hitters;
  hitters.add(1, 5);
  hitters.add(2, 7);
  hitters.add(1, 4);
  const auto top = hitters.top(10);
  ASSERT_EQ(top.size(), 2u);
  EXPECT_EQ(top[0].first, 1);
  EXPECT_EQ(top[0].second.weight, 9u);
  EXPECT_EQ(top[0].second.above, 0u);
  EXPECT_EQ(hitters.top(1).size(), 1u);
}

// Against thousands that come once: what is told is never too low, and too high by no more than is told.
TEST(HeavyHitters, AreFoundAmongManyLightOnes) {
  std::mt19937_64 random(7);
  Hitters hitters;
  std::uint64_t heavy = 0;
  for (int i = 0; i < 100'000; ++i) {
    if (random() % 20 == 0) {
      hitters.add(-1, 3);
      heavy += 3;
    }
    hitters.add(static_cast<int>(random() % 50'000), 1);
  }
  const auto top = hitters.top(1);
  ASSERT_EQ(top.size(), 1u);
  EXPECT_EQ(top[0].first, -1);
  EXPECT_GE(top[0].second.weight, heavy);
  EXPECT_LE(top[0].second.weight - top[0].second.above, heavy);
  EXPECT_LE(hitters.top(Hitters::kMost * 2).size(), Hitters::kMost);
}

TEST(HeavyHitters, MergedKeepWhatTheyTell) {
  Hitters one;
  Hitters other;
  for (int key = 0; key < 300; ++key) one.add(key, 1);
  one.add(1'000, 500);
  other.add(1'000, 20);
  one.merge(other);
  const auto top = one.top(1);
  EXPECT_EQ(top[0].first, 1'000);
  EXPECT_GE(top[0].second.weight, 520u);
  EXPECT_LE(top[0].second.weight - top[0].second.above, 520u);
}

}  // namespace
}  // namespace larder
