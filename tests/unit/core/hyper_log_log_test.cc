#include "core/hyper_log_log.h"

#include <gtest/gtest.h>

#include <random>

namespace larder {
namespace {

constexpr double kFourErrors = 4 * 0.0325;

TEST(HyperLogLog, CountsWhatIsDifferent) {
  std::mt19937_64 random(5);
  EXPECT_EQ(HyperLogLog().estimate(), 0u);
  for (const std::uint64_t count : {1, 2, 10, 100, 1'000, 3'000, 10'000, 35'000, 1'000'000}) {
    HyperLogLog seen;
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::uint64_t hash = random();
      for (int again = 0; again < 3; ++again) seen.add(hash);
    }
    const auto expected = static_cast<double>(count);
    EXPECT_NEAR(static_cast<double>(seen.estimate()), expected, std::max(0.5, kFourErrors * expected)) << count;
  }
}

TEST(HyperLogLog, MergesToWhatEitherHasSeen) {
  std::mt19937_64 random(6);
  HyperLogLog one;
  HyperLogLog other;
  HyperLogLog both;
  for (int i = 0; i < 20'000; ++i) {
    const std::uint64_t hash = random();
    if (i % 3 != 0) one.add(hash);
    if (i % 3 != 1) other.add(hash);
    both.add(hash);
  }
  one.merge(other);
  EXPECT_EQ(one.estimate(), both.estimate());
}

TEST(HyperLogLog, AHashOfOnlyZerosIsOne) {
  HyperLogLog seen;
  seen.add(0);
  EXPECT_EQ(seen.estimate(), 1u);
}

}  // namespace
}  // namespace larder
