#include "origin/connection_shares.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace larder::origin {
namespace {

constexpr Purpose kFirstByte{Use::kShared, Urgency::kFirstByte};
constexpr Purpose kAwaited{Use::kShared, Urgency::kAwaited};
constexpr Purpose kReadAhead{Use::kShared, Urgency::kReadAhead};
constexpr Purpose kForwarded{Use::kOneClient, Urgency::kFirstByte};

TEST(ConnectionShares, WhatIsLessUrgentLeavesConnectionsToWhatIsMore) {
  struct Case {
    std::size_t limit = 1;
    TakenConnections taken;
    bool first_byte = false;
    bool awaited = false;
    bool read_ahead = false;
    bool forwarded = false;
  };
  const Case cases[] = {
      {64, {.all = 0}, true, true, true, true},
      {64, {.all = 31, .read_ahead = 31}, true, true, true, true},
      {64, {.all = 32, .read_ahead = 32}, true, true, false, true},
      {64, {.all = 55, .read_ahead = 10}, true, true, true, true},
      {64, {.all = 56, .read_ahead = 10}, true, false, false, true},
      {64, {.all = 56}, true, false, false, true},
      {64, {.all = 32, .for_one_client = 32}, true, true, true, false},
      {64, {.all = 63, .for_one_client = 31}, true, false, false, true},
      {64, {.all = 64}, false, false, false, false},
      {4, {.all = 2, .read_ahead = 2}, true, true, false, true},
      {4, {.all = 2, .read_ahead = 1}, true, true, true, true},
      {4, {.all = 3, .read_ahead = 1}, true, false, false, true},
      {4, {.all = 2, .for_one_client = 2}, true, true, true, false},
      {2, {.all = 1}, true, false, false, true},
      {1, {.all = 0}, true, true, true, true},
      {1, {.all = 1}, false, false, false, false},
  };
  for (const Case& each : cases) {
    SCOPED_TRACE(testing::Message() << each.taken.all << " of " << each.limit << " taken, " << each.taken.read_ahead
                                    << " read ahead, " << each.taken.for_one_client << " for one client");
    EXPECT_EQ(may_take(each.taken, each.limit, kFirstByte), each.first_byte);
    EXPECT_EQ(may_take(each.taken, each.limit, kAwaited), each.awaited);
    EXPECT_EQ(may_take(each.taken, each.limit, kReadAhead), each.read_ahead);
    EXPECT_EQ(may_take(each.taken, each.limit, kForwarded), each.forwarded);
  }
}

TEST(ConnectionShares, TheFirstOneIsForAnything) {
  for (std::size_t limit = 1; limit < 200; ++limit) {
    for (Purpose purpose : {kFirstByte, kAwaited, kReadAhead, kForwarded}) {
      for (const std::uint64_t client : {0U, 7U}) {
        purpose.client = client;
        EXPECT_TRUE(may_take({}, limit, purpose)) << limit;
      }
    }
  }
}

TEST(ConnectionShares, OneClientGetsHalfOfWhatThereIsForEachUse) {
  struct Case {
    std::size_t limit = 1;
    Use use = Use::kShared;
    std::size_t share = 1;
  };
  const Case cases[] = {{64, Use::kShared, 32},  {64, Use::kOneClient, 16}, {5, Use::kShared, 2},
                        {4, Use::kOneClient, 1}, {2, Use::kShared, 1},      {2, Use::kOneClient, 1},
                        {1, Use::kShared, 1},    {1, Use::kOneClient, 1}};
  for (const Case& each : cases) {
    SCOPED_TRACE(testing::Message() << each.limit << ", " << static_cast<int>(each.use));
    const Purpose greedy{each.use, Urgency::kFirstByte, 7};
    TakenConnections taken;
    while (may_take(taken, each.limit, greedy)) taken.add(greedy);
    EXPECT_EQ(taken.of_client(7), each.share);
    EXPECT_TRUE(has_its_share(taken, each.limit, greedy));
    const bool some_are_left = each.share < (each.use == Use::kShared ? each.limit : each.limit / 2);
    EXPECT_EQ(may_take(taken, each.limit, {each.use, Urgency::kFirstByte, 8}), some_are_left);
    EXPECT_EQ(may_take(taken, each.limit, {each.use, Urgency::kFirstByte, 0}), some_are_left);
  }
}

// Two who read slowly what is forwarded to them would have all there is for that, and a third client nothing.
TEST(ConnectionShares, HoweverManyClientsTakeWhatTheyGetTheNextOneFindsSome) {
  TakenConnections taken;
  for (std::uint64_t client = 1; client <= 4; ++client) {
    const Purpose greedy{Use::kOneClient, Urgency::kFirstByte, client};
    while (may_take(taken, 64, greedy)) taken.add(greedy);
    EXPECT_GE(taken.of_client(client), 1U) << client;
  }
  EXPECT_TRUE(may_take(taken, 64, {Use::kOneClient, Urgency::kFirstByte, 99}));
}

TEST(ConnectionShares, WhatAClientHasForOneUseDoesNotCountForTheOther) {
  const Purpose forwarded{Use::kOneClient, Urgency::kFirstByte, 7};
  const Purpose shared{Use::kShared, Urgency::kFirstByte, 7};
  TakenConnections taken;
  while (may_take(taken, 64, forwarded)) taken.add(forwarded);
  while (may_take(taken, 64, shared)) taken.add(shared);
  EXPECT_EQ(taken.for_one_client, 16U);
  EXPECT_EQ(taken.all, 48U);
}

TEST(ConnectionShares, NobodyInParticularHasNoShare) {
  TakenConnections taken;
  while (may_take(taken, 64, kFirstByte)) taken.add(kFirstByte);
  EXPECT_EQ(taken.all, 64U);
  EXPECT_FALSE(has_its_share(taken, 64, kFirstByte));
}

TEST(ConnectionShares, WhatIsTakenIsGivenUpAsWhatItWasCountedAs) {
  TakenConnections taken;
  for (const Purpose& purpose : {kFirstByte, kAwaited, kReadAhead, kForwarded}) taken.add(purpose);
  EXPECT_EQ(taken.all, 4U);
  EXPECT_EQ(taken.for_one_client, 1U);
  EXPECT_EQ(taken.read_ahead, 1U);
  for (const Purpose& purpose : {kFirstByte, kAwaited, kReadAhead, kForwarded}) taken.remove(purpose);
  EXPECT_EQ(taken.all + taken.for_one_client + taken.read_ahead, 0U);
  EXPECT_TRUE(taken.by_client.empty());
}

}  // namespace
}  // namespace larder::origin
