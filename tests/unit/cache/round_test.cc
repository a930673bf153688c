#include "cache/round.h"

#include <gtest/gtest.h>

#include "cache_test.h"

namespace larder::cache {
namespace {

using std::chrono::seconds;

class RoundTest : public CacheTest {
 protected:
  RoundEnd object(seconds fresh_for) const {
    ObjectInfo info = info_of(10);
    info.born = info.checked = clock.wall();
    info.fresh_until = clock.wall() + fresh_for;
    return std::make_shared<Object>(std::move(info), clock.moment());
  }
  static RoundEnd answer(int status) {
    Answer answer;
    answer.status = status;
    return std::make_shared<const Answer>(std::move(answer));
  }
  RoundVerdict verdict(const RoundEnd& end, bool has_stale = false) const {
    return judge(end, {clock.now(), has_stale}, clock.now());
  }
};

TEST_F(RoundTest, EachEndMeansOneThing) {
  const RoundEnd error = Error(Errc::kTimeout, "");
  for (const bool has_stale : {false, true}) {
    EXPECT_EQ(verdict(object(seconds(0)), has_stale), RoundVerdict::kServe);
    EXPECT_EQ(verdict(Forward{}, has_stale), RoundVerdict::kForward);
    EXPECT_EQ(verdict(RoundEnd(), has_stale), RoundVerdict::kLookAgain);
    for (const int status : {301, 401, 403, 404, 410}) {
      EXPECT_EQ(verdict(answer(status), has_stale), RoundVerdict::kAnswer) << status;
    }
  }
  for (const int status : {407, 408, 429, 500, 502, 503}) {
    EXPECT_EQ(verdict(answer(status), false), RoundVerdict::kAnswer) << status;
    EXPECT_EQ(verdict(answer(status), true), RoundVerdict::kStale) << status;
  }
  EXPECT_EQ(verdict(error, false), RoundVerdict::kFail);
  EXPECT_EQ(verdict(error, true), RoundVerdict::kStale);
}

// The answer came before the request, and its body took until now.
TEST_F(RoundTest, WhatTheOriginSaidEarlierCountsOnlyWhileItIsFresh) {
  const RoundEnd fresh = object(seconds(10));
  const RoundEnd old = object(seconds(0));
  const SteadyTime before = clock.now();
  clock.advance(seconds(3));
  EXPECT_EQ(judge(fresh, {clock.now(), false}, clock.now()), RoundVerdict::kServe);
  EXPECT_EQ(judge(old, {clock.now(), false}, clock.now()), RoundVerdict::kLookAgain);
  EXPECT_EQ(judge(old, {before, false}, clock.now()), RoundVerdict::kServe);
}

// A rule may leave the query, or the host, out of the key: one bad signature is nobody else's.
TEST_F(RoundTest, WhatIsRefusedToOneRequestIsRefusedToNoOther) {
  origin::Target mine;
  mine.host = "a.example.com";
  mine.port = 80;
  mine.path_and_query = "/f?sig=good";
  origin::Target bad = mine;
  bad.path_and_query = "/f?sig=bad";
  origin::Target elsewhere = mine;
  elsewhere.host = "b.example.com";
  const RoundEnd error = Error(Errc::kUnavailable, "reset");
  const RoundEnd refusals[] = {answer(403), answer(404), answer(503), RoundEnd(Forward{.is_refusal = true})};
  for (const RoundEnd& end : refusals) {
    EXPECT_TRUE(holds_for(end, false, mine, mine));
    EXPECT_FALSE(holds_for(end, false, bad, mine));
    EXPECT_FALSE(holds_for(end, false, elsewhere, mine));
  }
  EXPECT_TRUE(holds_for(error, false, mine, mine));
  EXPECT_FALSE(holds_for(error, false, bad, mine)) << "it may close the connection for what it was asked";
  EXPECT_TRUE(holds_for(error, true, bad, mine)) << "who cannot be asked cannot be asked by anybody";
  EXPECT_FALSE(holds_for(error, true, elsewhere, mine));
  const RoundEnd found[] = {object(seconds(0)), RoundEnd(Forward{}), RoundEnd()};
  for (const RoundEnd& end : found) {
    EXPECT_TRUE(holds_for(end, false, elsewhere, mine)) << "what is found is found for all";
  }
}

}  // namespace
}  // namespace larder::cache
