#include "api/held_memory.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace larder::api {
namespace {

constexpr std::size_t kMiB = 1 << 20;

net::IpAddress number(unsigned i) { return net::IpAddress::v4(0xc0000200 + i); }

struct HeldMemoryTest : testing::Test {
  HeldMemory memory{{.all = 64 * kMiB, .of_client = 8 * kMiB, .of_site = 16 * kMiB}};
};

TEST_F(HeldMemoryTest, AClientMayHoldItsShareAndNoMore) {
  HeldMemory::Share one(memory, number(1));
  HeldMemory::Share two(memory, number(1));
  HeldMemory::Share other(memory, number(2));
  EXPECT_TRUE(one.try_set(6 * kMiB));
  EXPECT_FALSE(two.try_set(3 * kMiB));
  EXPECT_TRUE(two.try_set(2 * kMiB));
  EXPECT_FALSE(one.try_set(7 * kMiB));
  EXPECT_EQ(memory.held(), 8 * kMiB);
  EXPECT_TRUE(one.try_set(kMiB)) << "less is always right";
  EXPECT_TRUE(two.try_set(7 * kMiB));
  EXPECT_TRUE(other.try_set(8 * kMiB));
}

TEST_F(HeldMemoryTest, WhatIsSmallIsNotCounted) {
  HeldMemory full({.all = 0, .of_client = 0});
  HeldMemory::Share share(full, number(1));
  EXPECT_TRUE(share.try_set(HeldMemory::kSmall));
  EXPECT_EQ(full.held(), 0U);
  EXPECT_FALSE(share.try_set(HeldMemory::kSmall + 1));
}

TEST_F(HeldMemoryTest, HoweverManyHoldAsMuchAsTheyMaySomethingIsLeft) {
  std::vector<std::unique_ptr<HeldMemory::Share>> shares;
  for (unsigned i = 0; i < 12; ++i) {
    shares.push_back(std::make_unique<HeldMemory::Share>(memory, number(i)));
    std::size_t held = 0;
    while (shares.back()->try_set(held + kMiB / 4)) held += kMiB / 4;
  }
  EXPECT_LT(memory.held(), 64 * kMiB);
  HeldMemory::Share newcomer(memory, number(100));
  EXPECT_TRUE(newcomer.try_set(kMiB / 2));
}

TEST_F(HeldMemoryTest, WhatIsThereAlreadyIsCountedWhateverTheLimits) {
  HeldMemory::Share answer(memory, number(1));
  EXPECT_TRUE(memory.has_room(number(1)));
  answer.set(100 * kMiB);
  EXPECT_EQ(memory.held(), 100 * kMiB);
  EXPECT_FALSE(memory.has_room(number(1)));
  EXPECT_TRUE(memory.has_room(number(2))) << "who holds nothing is not refused for others";
}

TEST_F(HeldMemoryTest, ItsEndGivesBackAll) {
  {
    HeldMemory::Share share(memory, number(1));
    EXPECT_TRUE(share.try_set(5 * kMiB));
    EXPECT_FALSE(memory.has_ebbed(kMiB));
  }
  EXPECT_EQ(memory.held(), 0U);
  EXPECT_TRUE(memory.has_room(number(1)));
  EXPECT_TRUE(memory.has_ebbed(kMiB));
  EXPECT_FALSE(memory.has_ebbed(kMiB)) << "once";
}

TEST(HeldMemoryLimits, AClientMaySendTwoOfTheLargestBodies) {
  for (const std::size_t body : {std::size_t{64} << 10, 4 * kMiB, 256 * kMiB}) {
    HeldMemory memory(HeldMemory::limits_for(body));
    HeldMemory::Share one(memory, number(1));
    HeldMemory::Share two(memory, number(1));
    EXPECT_TRUE(one.try_set(body)) << body;
    EXPECT_TRUE(two.try_set(body)) << body;
  }
}

TEST_F(HeldMemoryTest, TheNetworksOfOneSiteLeaveSomethingForOthers) {
  std::vector<std::unique_ptr<HeldMemory::Share>> shares;
  const auto network = [](unsigned i) { return *net::parse_address("2001:db8:1:" + std::to_string(i) + "::"); };
  for (unsigned i = 0; i < 200; ++i) {
    shares.push_back(std::make_unique<HeldMemory::Share>(memory, network(i)));
    shares.back()->try_set(kMiB / 4);
  }
  EXPECT_EQ(memory.held(), 16 * kMiB) << "a quarter";
  HeldMemory::Share other(memory, *net::parse_address("2001:db8:2::"));
  EXPECT_TRUE(other.try_set(8 * kMiB));

  HeldMemory::Share answer(memory, network(0));
  answer.set(kMiB);
  EXPECT_FALSE(memory.has_room(network(300))) << "its site holds more than its share";
  EXPECT_TRUE(memory.has_room(*net::parse_address("2001:db8:3::")));
}

}  // namespace
}  // namespace larder::api
