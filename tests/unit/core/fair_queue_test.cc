#include "core/fair_queue.h"

#include <gtest/gtest.h>

#include <string>

namespace larder {
namespace {

using Queue = FairQueue<int>;

constexpr Queue::Limits kRoomy{.all = 100, .of_party = 10, .of_group = 15};

Queue::Party party(const std::string& name) { return {.name = name, .group = name}; }

std::string order(Queue& queue) {
  std::string all;
  while (const auto next = queue.pop()) all += std::to_string(*next) + " ";
  return all;
}

TEST(FairQueue, PartiesTakeTurnsHoweverManyOneOfThemHasQueued) {
  Queue queue(kRoomy);
  for (const int item : {1, 2, 3, 4}) EXPECT_TRUE(queue.push(party("many"), item));
  EXPECT_TRUE(queue.push(party("one"), 10));
  EXPECT_TRUE(queue.push(party("two"), 20));
  EXPECT_TRUE(queue.push(party("two"), 21));
  EXPECT_EQ(order(queue), "1 10 20 2 21 3 4 ");
  EXPECT_EQ(queue.size(), 0U);
}

TEST(FairQueue, WhoComesAgainIsBehindThoseWhoWait) {
  Queue queue(kRoomy);
  queue.push(party("a"), 1);
  queue.push(party("b"), 10);
  EXPECT_EQ(queue.pop(), 1);
  queue.push(party("a"), 2);
  EXPECT_EQ(order(queue), "10 2 ");
}

TEST(FairQueue, APartyFillsItsShareAndNoMore) {
  Queue queue({.all = 100, .of_party = 2, .of_group = 100});
  EXPECT_TRUE(queue.push(party("a"), 1));
  EXPECT_TRUE(queue.push(party("a"), 2));
  EXPECT_FALSE(queue.push(party("a"), 3));
  EXPECT_TRUE(queue.push(party("b"), 10));
  EXPECT_EQ(queue.pop(), 1);
  EXPECT_TRUE(queue.push(party("a"), 4));
}

TEST(FairQueue, PartiesOfOneGroupShareWhatItMayHave) {
  Queue queue({.all = 100, .of_party = 2, .of_group = 3});
  EXPECT_TRUE(queue.push({.name = "a", .group = "g"}, 1));
  EXPECT_TRUE(queue.push({.name = "b", .group = "g"}, 2));
  EXPECT_TRUE(queue.push({.name = "c", .group = "g"}, 3));
  EXPECT_FALSE(queue.push({.name = "d", .group = "g"}, 4));
  EXPECT_TRUE(queue.push(party("other"), 10));
  EXPECT_TRUE(queue.remove({.name = "b", .group = "g"}, 2));
  EXPECT_TRUE(queue.push({.name = "d", .group = "g"}, 4));
}

TEST(FairQueue, IsFullAtItsLimit) {
  Queue queue({.all = 2, .of_party = 2, .of_group = 2});
  EXPECT_TRUE(queue.push(party("a"), 1));
  EXPECT_TRUE(queue.push(party("b"), 2));
  EXPECT_FALSE(queue.push(party("c"), 3));
  EXPECT_EQ(queue.clear().size(), 2U);
  EXPECT_TRUE(queue.push(party("c"), 3));
}

TEST(FairQueue, WhoHasNothingWaitingGetsThePlaceOfWhoHasMost) {
  Queue queue({.all = 5, .of_party = 3, .of_group = 4});
  for (const int item : {1, 2}) EXPECT_TRUE(queue.push({.name = "a", .group = "g"}, item));
  EXPECT_TRUE(queue.push({.name = "b", .group = "g"}, 3));
  for (const int item : {10, 11}) EXPECT_TRUE(queue.push(party("many"), item));
  EXPECT_FALSE(queue.push(party("many"), 12)) << "the queue is full, and it has some already";
  const auto pushed = queue.push(party("new"), 20);
  EXPECT_TRUE(pushed);
  EXPECT_EQ(pushed.displaced, 2);
  EXPECT_EQ(order(queue), "1 10 20 3 11 ");
}

TEST(FairQueue, GroupsTakeTurnsHoweverManyPartiesTheyHave) {
  Queue queue(kRoomy);
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(queue.push({.name = std::to_string(i), .group = "site"}, i));
  EXPECT_TRUE(queue.push(party("one"), 10));
  EXPECT_EQ(order(queue), "0 10 1 2 3 ");
}

TEST(FairQueue, WhoLeavesLosesTheirTurnAndNobodyElseDoes) {
  Queue queue(kRoomy);
  queue.push(party("a"), 1);
  queue.push(party("b"), 10);
  queue.push(party("b"), 11);
  EXPECT_TRUE(queue.remove(party("a"), 1));
  EXPECT_FALSE(queue.remove(party("a"), 1));
  EXPECT_TRUE(queue.remove(party("b"), 10));
  EXPECT_EQ(order(queue), "11 ");
}

}  // namespace
}  // namespace larder
