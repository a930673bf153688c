#include "origin/connection_shares.h"

#include <gtest/gtest.h>

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
      {4, {.all = 3, .read_ahead = 1}, true, true, true, true},
      {4, {.all = 3, .for_one_client = 2}, true, true, true, false},
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
    for (const Purpose& purpose : {kFirstByte, kAwaited, kReadAhead, kForwarded}) {
      EXPECT_TRUE(may_take({}, limit, purpose)) << limit;
    }
  }
}

TEST(ConnectionShares, WhatIsTakenIsGivenUpAsWhatItWasCountedAs) {
  TakenConnections taken;
  for (const Purpose& purpose : {kFirstByte, kAwaited, kReadAhead, kForwarded}) taken.add(purpose);
  EXPECT_EQ(taken.all, 4U);
  EXPECT_EQ(taken.for_one_client, 1U);
  EXPECT_EQ(taken.read_ahead, 1U);
  for (const Purpose& purpose : {kFirstByte, kAwaited, kReadAhead, kForwarded}) taken.remove(purpose);
  EXPECT_EQ(taken.all + taken.for_one_client + taken.read_ahead, 0U);
}

}  // namespace
}  // namespace larder::origin
