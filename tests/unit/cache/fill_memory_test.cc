#include "cache/fill_memory.h"

#include <gtest/gtest.h>

#include <vector>

#include "core/bytes.h"

namespace larder::cache {
namespace {

/// As many buffers as `party` gets.
std::vector<SliceBuffer> take_all(FillMemory& memory, std::uint64_t party) {
  std::vector<SliceBuffer> taken;
  while (auto buffer = memory.try_take(kMiB, party)) taken.push_back(*std::move(buffer));
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
