#include "cache/fill_memory.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "core/bytes.h"
#include "net/wakeup.h"

namespace larder::cache {
namespace {

/// As many buffers as `origin` gets, asked for by `client`.
std::vector<SliceBuffer> take_all(FillMemory& memory, std::uint64_t origin, std::uint64_t client = 0) {
  std::vector<SliceBuffer> taken;
  while (auto buffer = memory.try_take(kMiB, {origin, client})) taken.push_back(*std::move(buffer));
  return taken;
}

TEST(FillMemory, OnePartyAloneGetsAThird) {
  FillMemory memory(96 * kMiB);
  EXPECT_EQ(take_all(memory, 1).size(), 33u);
}

// Three hundred clients of slow origins would have all of it, and a good origin's clients would wait for minutes.
TEST(FillMemory, HoweverManyPartiesTakeWhatTheyGetSomeIsLeft) {
  FillMemory memory(256 * kMiB);
  std::vector<std::vector<SliceBuffer>> greedy;
  for (std::uint64_t party = 1; party <= 100; ++party) greedy.push_back(take_all(memory, party));
  for (const auto& taken : greedy) EXPECT_GE(taken.size(), 1u);
  EXPECT_EQ(take_all(memory, 1000).size(), 1u);
  greedy.erase(greedy.begin());
  EXPECT_GE(take_all(memory, 1000).size(), 8u);
}

// A wildcard rule leaves the number of origins to clients: first buffers alone would have been all of it.
TEST(FillMemory, OneClientThatAsksForEverNewOriginsLeavesSomeForOthers) {
  FillMemory memory(256 * kMiB);
  std::vector<SliceBuffer> greedy;
  for (std::uint64_t origin = 1; origin <= 300; ++origin) {
    if (auto buffer = memory.try_take(kMiB, {origin, 7})) greedy.push_back(*std::move(buffer));
  }
  EXPECT_EQ(greedy.size(), 171u) << "two thirds";
  EXPECT_EQ(take_all(memory, 1, 7).size(), 0u) << "not of an origin that it has either";
  EXPECT_GE(take_all(memory, 1000, 8).size(), 16u);
  EXPECT_GE(take_all(memory, 1, 8).size(), 8u) << "of one of its origins: an origin is nobody's";
}

TEST(FillMemory, ThreeClientsThatDoSoLeaveSomeToo) {
  FillMemory memory(256 * kMiB);
  std::vector<std::vector<SliceBuffer>> greedy;
  std::uint64_t origin = 0;
  for (std::uint64_t client = 1; client <= 3; ++client) {
    for (int i = 0; i < 300; ++i) greedy.push_back(take_all(memory, ++origin, client));
  }
  EXPECT_GE(take_all(memory, 9999, 9999).size(), 1u);
}

TEST(FillMemory, FirstBuffersLeaveTheOtherHalfToItsThresholds) {
  FillMemory memory(64 * kMiB);
  std::vector<std::vector<SliceBuffer>> first;
  for (std::uint64_t origin = 1; origin <= 32; ++origin) {
    first.emplace_back();
    first.back().push_back(*memory.try_take(kMiB, {origin, 0}));
  }
  EXPECT_EQ(take_all(memory, 1).size(), 22u) << "two thirds of its half";
  EXPECT_EQ(take_all(memory, 100).size(), 22u) << "the same, first buffer and all";
  EXPECT_EQ(memory.used(), 32 * kMiB);
  first.clear();
  EXPECT_EQ(memory.used(), 0u);
}

TEST(FillMemory, WhatAClientGivesBackItMayTakeAgain) {
  FillMemory memory(32 * kMiB);
  for (int round = 0; round < 3; ++round) {
    std::vector<std::vector<SliceBuffer>> taken;
    for (std::uint64_t origin = 1; origin <= 32; ++origin) taken.push_back(take_all(memory, origin, 7));
    EXPECT_EQ(memory.used(), 22 * kMiB) << round;
  }
  EXPECT_EQ(memory.used(), 0u);
}

TEST(FillMemory, WhoWaitsForLongIsRememberedOnce) {
  asio::io_context context(1);
  FillMemory memory(kMiB);
  auto all = memory.try_take(kMiB);
  const auto wakeup = net::Wakeup::make(context.get_executor());
  const auto before = wakeup.use_count();
  for (int i = 0; i < 100; ++i) {
    wakeup->arm();
    EXPECT_FALSE(memory.take_or_wait(kMiB, {1, 1}, wakeup));
  }
  EXPECT_EQ(wakeup.use_count(), before + 1);
  EXPECT_EQ(memory.waiting(), 1u);
  all.reset();
  EXPECT_EQ(memory.waiting(), 0u);
  EXPECT_TRUE(wakeup->notified());

  all = memory.try_take(kMiB);
  wakeup->arm();
  EXPECT_FALSE(memory.take_or_wait(kMiB, {1, 1}, wakeup)) << "and again after it was woken";
  all.reset();
  EXPECT_TRUE(wakeup->notified());
}

TEST(FillMemory, WhatComesBackIsSharedAnew) {
  FillMemory memory(10 * kMiB);
  auto first = take_all(memory, 1);
  const std::size_t share = first.size();
  first.clear();
  EXPECT_EQ(memory.used(), 0u);
  EXPECT_EQ(take_all(memory, 2).size(), share);
}

TEST(FillMemory, SmallSlicesCostTheirRecords) {
  FillMemory memory(3 * kMiB);
  std::vector<SliceBuffer> taken;
  while (auto buffer = memory.try_take(1)) taken.push_back(*std::move(buffer));
  EXPECT_LT(taken.size(), 1000u);
}

}  // namespace
}  // namespace larder::cache
