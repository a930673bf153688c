#include "cache/read_plan.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "support/seed.h"

namespace larder::cache {
namespace {

std::vector<std::uint32_t> runs_at(ReadPlan& plan, std::uint32_t number) {
  std::vector<std::uint32_t> begun;
  while (const auto run = plan.next(number)) {
    begun.push_back(run->first);
    plan.looked_at(run->count);
  }
  return begun;
}

constexpr SteadyTime kReadBegins{std::chrono::hours(1)};

// On a line that is full, four runs at once give the one that is due a quarter of it.
TEST(ReadPlan, AsksForOneRunAtATimeUntilItIsKnownHowFastTheyCome) {
  ReadPlan plan(0, 999, 0, 1000);
  plan.reach(0, kReadBegins);
  EXPECT_EQ(runs_at(plan, 0), (std::vector<std::uint32_t>{0}));
  for (std::uint32_t number = 1; number < 8; ++number) {
    plan.reach(number, kReadBegins + number * std::chrono::seconds(8));
    EXPECT_TRUE(runs_at(plan, number).empty()) << number;
  }
  plan.reach(8, kReadBegins + std::chrono::seconds(64));
  EXPECT_EQ(runs_at(plan, 8), (std::vector<std::uint32_t>{8}));
}

TEST(ReadPlan, AsksForAWindowAheadInWholeRunsWhenTheyComeFast) {
  ReadPlan plan(0, 999, 0, 1000);
  plan.reach(0, kReadBegins);
  EXPECT_EQ(runs_at(plan, 0), (std::vector<std::uint32_t>{0}));
  plan.reach(1, kReadBegins + std::chrono::milliseconds(10));
  EXPECT_EQ(runs_at(plan, 1), (std::vector<std::uint32_t>{8, 16, 24}));
  plan.reach(7, kReadBegins + std::chrono::milliseconds(70));
  EXPECT_TRUE(runs_at(plan, 7).empty()) << "what is less than a run is not worth a request";
  plan.reach(8, kReadBegins + std::chrono::milliseconds(80));
  EXPECT_EQ(runs_at(plan, 8), (std::vector<std::uint32_t>{32}));
  // And fewer again when they do not.
  plan.reach(16, kReadBegins + std::chrono::seconds(80));
  EXPECT_TRUE(runs_at(plan, 16).empty());
}

TEST(ReadPlan, AQuarterOfASliceTellsThatALineIsFast) {
  ReadPlan plan(0, 999, 0, 1000);
  plan.reach(0, kReadBegins);
  EXPECT_EQ(runs_at(plan, 0), (std::vector<std::uint32_t>{0}));
  EXPECT_FALSE(plan.reach_within((256 << 10) - 1, kReadBegins)) << "that may have lain in a buffer";
  EXPECT_FALSE(plan.reach_within(256 << 10, kReadBegins + std::chrono::seconds(8)));
  EXPECT_FALSE(plan.reach_within(512 << 10, kReadBegins + std::chrono::milliseconds(160))) << "3.2 MB/s: one run";
  EXPECT_TRUE(plan.reach_within(768 << 10, kReadBegins + std::chrono::milliseconds(90))) << "8 MB/s: 16 MB ahead";
  EXPECT_EQ(runs_at(plan, 0), (std::vector<std::uint32_t>{8}));
  EXPECT_TRUE(plan.reach_within(800 << 10, kReadBegins + std::chrono::milliseconds(40)));
  EXPECT_EQ(runs_at(plan, 0), (std::vector<std::uint32_t>{16, 24}));
  EXPECT_FALSE(plan.reach_within(900 << 10, kReadBegins + std::chrono::milliseconds(45))) << "as wide as it gets";
  plan.reach(1, kReadBegins + std::chrono::seconds(5));
  EXPECT_FALSE(plan.reach_within(512 << 10, kReadBegins + std::chrono::seconds(5))) << "whole slices tell more";
}

// A second request beside the first would take from readers that have less to read.
TEST(ReadPlan, TheRestIsAskedForWhenASlowReaderHasComeThere) {
  ReadPlan slow(0, 9, 0, 10);
  slow.reach(0, kReadBegins);
  EXPECT_EQ(runs_at(slow, 0), (std::vector<std::uint32_t>{0}));
  for (std::uint32_t number = 1; number < 8; ++number) {
    slow.reach(number, kReadBegins + number * std::chrono::seconds(80));
    EXPECT_TRUE(runs_at(slow, number).empty()) << number;
  }
  slow.reach(8, kReadBegins + std::chrono::seconds(640));
  EXPECT_EQ(runs_at(slow, 8), (std::vector<std::uint32_t>{8}));

  ReadPlan quick(0, 9, 0, 10);
  quick.reach(0, kReadBegins);
  EXPECT_EQ(runs_at(quick, 0), (std::vector<std::uint32_t>{0}));
  quick.reach(1, kReadBegins + std::chrono::milliseconds(10));
  EXPECT_EQ(runs_at(quick, 1), (std::vector<std::uint32_t>{8}));
}

TEST(ReadPlan, EndsWithTheRangeAndWhatIsReadAhead) {
  ReadPlan range_only(3, 5, 0, 1000);
  const auto run = range_only.next(3);
  ASSERT_TRUE(run);
  EXPECT_EQ(run->first, 3u);
  EXPECT_EQ(run->count, 3u);
  EXPECT_FALSE(range_only.reads_ahead(6));

  ReadPlan ahead(3, 5, 4, 1000);
  EXPECT_EQ(ahead.last(), 9u);
  EXPECT_EQ(ahead.next(3)->count, 7u);
  EXPECT_TRUE(ahead.reads_ahead(10));

  EXPECT_EQ(ReadPlan(3, 5, 4, 7).last(), 6u) << "nothing is beyond the object";
}

TEST(ReadPlan, WhatIsThereIsPassedOver) {
  ReadPlan plan(0, 7, 0, 10);
  EXPECT_EQ(plan.next(0)->first, 0u);
  plan.looked_at(0);
  EXPECT_EQ(plan.next(0)->first, 1u);
  plan.looked_at(5);
  EXPECT_EQ(plan.next(0)->first, 6u);
}

TEST(ReadPlan, WhatIsNeededNowComesWithItsRun) {
  const ReadPlan plan(0, 20, 0, 21);
  EXPECT_EQ(plan.run_at(5).count, 8u);
  EXPECT_EQ(plan.run_at(18).count, 3u);
}

// Whatever is there already and however the reader moves: each slice is looked at once, in order, none beyond the
// window.
TEST(ReadPlan, EverySliceIsLookedAtOnceAndInTime) {
  SCOPED_TRACE(support::seed_trace());
  std::mt19937 random(support::test_seed());
  for (int round = 0; round < 300; ++round) {
    const std::uint32_t count = random() % 200 + 1;
    const std::uint32_t first = random() % count;
    const std::uint32_t last = first + random() % (count - first);
    ReadPlan plan(first, last, random() % 9, count);
    std::uint32_t looked_at = first;
    for (std::uint32_t number = first; number <= last; ++number) {
      while (const auto run = plan.next(number)) {
        ASSERT_EQ(run->first, std::max(looked_at, number));
        ASSERT_GE(run->count, 1u);
        ASSERT_LE(run->count, ReadPlan::kRunSlices);
        ASSERT_LE(run->first + run->count, std::min(number + ReadPlan::kWindowSlices, plan.last() + 1));
        const std::uint32_t begun = random() % (run->count + 1);
        plan.looked_at(begun);
        looked_at = run->first + std::max(1U, begun);
      }
      ASSERT_GT(looked_at, number) << "the reader is at a slice that nobody looked for";
    }
  }
}

}  // namespace
}  // namespace larder::cache
