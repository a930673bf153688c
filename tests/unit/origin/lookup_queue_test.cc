#include "origin/lookup_queue.h"

#include <gtest/gtest.h>

namespace larder::origin {
namespace {

// A lane each of proven, named, doubtful and unknown names: running at once, and queued.
LookupQueue queue() { return LookupQueue({{{2, 2}, {1, 2}, {1, 2}, {1, 2}}}); }

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
  lookups.add(Standing::kNamed, "n1");
  lookups.add(Standing::kDoubtful, "d1");
  EXPECT_EQ(next(lookups), "p1");
  EXPECT_EQ(next(lookups), "n1");
  EXPECT_EQ(next(lookups), "d1");
  EXPECT_EQ(next(lookups), "");

  lookups.ended({"u1", Standing::kUnknown});
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
  EXPECT_TRUE(lookups.add(Standing::kNamed, "n1"));
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

TEST(LookupQueue, ADomainHasAtMostHalfOfALane) {
  LookupQueue lookups({{{4, 4}, {1, 1}, {1, 1}, {1, 1}}});
  for (const char* host : {"1.a.example", "2.a.example", "3.a.example"}) {
    EXPECT_TRUE(lookups.add(Standing::kProven, host));
  }
  EXPECT_EQ(next(lookups), "1.a.example");
  EXPECT_EQ(next(lookups), "2.a.example");
  EXPECT_EQ(next(lookups), "");

  EXPECT_TRUE(lookups.add(Standing::kProven, "4.a.example"));
  EXPECT_FALSE(lookups.add(Standing::kProven, "5.a.example"));  // two are queued
  EXPECT_TRUE(lookups.add(Standing::kProven, "b.example"));
  EXPECT_EQ(next(lookups), "b.example");

  lookups.ended({"2.a.example", Standing::kProven});
  EXPECT_EQ(next(lookups), "3.a.example");
  EXPECT_EQ(next(lookups), "");
}

TEST(LookupQueue, DomainsTakeTurns) {
  LookupQueue lookups({{{8, 8}, {1, 1}, {1, 1}, {1, 1}}});
  for (const char* host : {"1.a.example", "2.a.example", "3.a.example", "1.b.example", "2.b.example"}) {
    lookups.add(Standing::kProven, host);
  }
  for (const char* host : {"1.a.example", "1.b.example", "2.a.example", "2.b.example", "3.a.example", ""}) {
    EXPECT_EQ(next(lookups), host);
  }
}

TEST(LookupQueue, ADomainIsTheLastTwoLabels) {
  EXPECT_EQ(domain_of("a.b.example.com"), "example.com");
  EXPECT_EQ(domain_of("example.com"), "example.com");
  EXPECT_EQ(domain_of("localhost"), "localhost");
  EXPECT_EQ(domain_of(".com"), ".com");
  EXPECT_EQ(domain_of(""), "");
}

}  // namespace
}  // namespace larder::origin
