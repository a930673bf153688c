#include "origin/lookup_queue.h"

#include <gtest/gtest.h>

namespace larder::origin {
namespace {

// A lane each of proven, doubtful and unknown names: running at once, and queued.
LookupQueue queue() { return LookupQueue({{{2, 2}, {1, 2}, {1, 2}}}); }

std::string next(LookupQueue& queue) {
  const auto next = queue.next();
  return next ? next->host : "";
}

TEST(LookupQueue, UnknownNamesWaitForTheirOwnShareOfTheThreads) {
  LookupQueue lookups = queue();
  lookups.add(Standing::kUnknown, "u1");
  lookups.add(Standing::kUnknown, "u2");
  EXPECT_EQ(next(lookups), "u1");
  EXPECT_EQ(next(lookups), "");

  lookups.add(Standing::kProven, "p1");
  lookups.add(Standing::kDoubtful, "d1");
  EXPECT_EQ(next(lookups), "p1");
  EXPECT_EQ(next(lookups), "d1");
  EXPECT_EQ(next(lookups), "");

  lookups.ended(Standing::kUnknown);
  EXPECT_EQ(next(lookups), "u2");
}

TEST(LookupQueue, AFullLaneLeavesTheOthersAlone) {
  LookupQueue lookups = queue();
  EXPECT_TRUE(lookups.add(Standing::kUnknown, "u1"));
  EXPECT_EQ(next(lookups), "u1");
  EXPECT_TRUE(lookups.add(Standing::kUnknown, "u2"));
  EXPECT_TRUE(lookups.add(Standing::kUnknown, "u3"));
  EXPECT_FALSE(lookups.add(Standing::kUnknown, "u4"));
  EXPECT_TRUE(lookups.add(Standing::kDoubtful, "d1"));
  EXPECT_TRUE(lookups.add(Standing::kProven, "p1"));
}

TEST(LookupQueue, NamesOfALaneGoInTheirOrder) {
  LookupQueue lookups = queue();
  lookups.add(Standing::kProven, "p1");
  lookups.add(Standing::kProven, "p2");
  EXPECT_EQ(next(lookups), "p1");
  EXPECT_EQ(next(lookups), "p2");
  EXPECT_EQ(next(lookups), "");
}

}  // namespace
}  // namespace larder::origin
