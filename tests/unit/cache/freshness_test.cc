#include "cache/freshness.h"

#include <gtest/gtest.h>

#include <string>

#include "cache/object_info.h"
#include "support/manual_clock.h"

namespace larder::cache {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr WallTime kNow = support::ManualClock::kStart;  // Fri, 02 Jan 2026 03:04:05 GMT

struct Case {
  const char* what;
  FreshnessInput input;
  seconds fresh_for;
};

TEST(Freshness, FollowsTheRuleThenTheOriginThenAGuess) {
  const std::vector<Case> cases = {
      {"nothing said", {}, minutes(10)},
      {"max-age", {.cache_control = "public, max-age=60"}, seconds(60)},
      {"s-maxage beats max-age", {.cache_control = "max-age=60, s-maxage=90"}, seconds(90)},
      {"age counts", {.cache_control = "max-age=60", .age = "20"}, seconds(40)},
      {"older than it may be", {.cache_control = "max-age=60", .age = "80"}, seconds(0)},
      {"a date in the past is an age",
       {.cache_control = "max-age=60", .date = "Fri, 02 Jan 2026 03:03:45 GMT"},
       seconds(40)},
      {"the larger age counts",
       {.cache_control = "max-age=60", .date = "Fri, 02 Jan 2026 03:03:45 GMT", .age = "50"},
       seconds(10)},
      {"a date in the future is none",
       {.cache_control = "max-age=60", .date = "Fri, 02 Jan 2026 03:05:05 GMT"},
       seconds(60)},
      {"a wrong age is passed over", {.cache_control = "max-age=60", .age = "-5x"}, seconds(60)},
      {"expires", {.expires = "Fri, 02 Jan 2026 04:04:05 GMT"}, hours(1)},
      {"expires by the origin's clock",
       {.expires = "Fri, 02 Jan 2026 04:04:05 GMT", .date = "Fri, 02 Jan 2026 03:34:05 GMT"},
       minutes(30)},
      {"expires 0 is past", {.expires = "0"}, seconds(0)},
      {"a tenth of its age", {.last_modified = "Fri, 02 Jan 2026 00:04:05 GMT"}, minutes(18)},
      {"a day at most", {.last_modified = "Fri, 02 Jan 2015 00:04:05 GMT"}, hours(24)},
      {"no-cache", {.cache_control = "no-cache, max-age=60"}, seconds(0)},
      {"no-store, not honoured", {.cache_control = "no-store"}, seconds(0)},
      {"the rule's word", {.rule_fresh = hours(7), .cache_control = "no-cache, max-age=60"}, hours(7)},
      {"for ever is a year", {.cache_control = "max-age=99999999999"}, hours(24 * 365)},
  };
  for (const Case& c : cases) {
    FreshnessInput input = c.input;
    input.now = kNow;
    EXPECT_EQ(assess_freshness(input).fresh_until - kNow, c.fresh_for) << c.what;
  }
}

TEST(Freshness, SaysByWhoseWord) {
  const auto basis = [](FreshnessInput input) {
    input.now = kNow;
    return assess_freshness(input).basis;
  };
  EXPECT_EQ(basis({.rule_fresh = hours(7), .cache_control = "max-age=60"}), FreshnessBasis::kRule);
  EXPECT_EQ(basis({.cache_control = "no-cache, max-age=60"}), FreshnessBasis::kNoCache);
  EXPECT_EQ(basis({.cache_control = "max-age=60, s-maxage=90"}), FreshnessBasis::kSharedMaxAge);
  EXPECT_EQ(basis({.cache_control = "max-age=60", .expires = "0"}), FreshnessBasis::kMaxAge);
  EXPECT_EQ(basis({.expires = "0"}), FreshnessBasis::kExpires);
  EXPECT_EQ(basis({}), FreshnessBasis::kGuess);
}

TEST(Freshness, TellsWhenTheOriginMadeIt) {
  EXPECT_EQ(assess_freshness({.now = kNow}).born, kNow);
  EXPECT_EQ(assess_freshness({.age = "77", .now = kNow}).born, kNow - seconds(77));
  EXPECT_EQ(assess_freshness({.date = "Fri, 02 Jan 2026 03:03:05 GMT", .now = kNow}).born, kNow - seconds(60));
  EXPECT_EQ(assess_freshness({.rule_fresh = hours(7), .age = "5", .now = kNow}).born, kNow - seconds(5));
  EXPECT_EQ(assess_freshness({.age = "-5", .now = kNow}).born, kNow);
}

TEST(Freshness, NoStoreForbidsKeepingOnlyWhereTheRuleHonoursIt) {
  for (const std::string_view control : {"no-store", "private, max-age=60"}) {
    for (const bool honour : {false, true}) {
      const FreshnessInput input{.honour_no_store = honour, .cache_control = control, .now = kNow};
      EXPECT_EQ(assess_freshness(input).forbidden, honour) << control;
    }
  }
}

TEST(ObjectInfo, ShortenedOrLengthenedBytesAreRefused) {
  ObjectInfo info;
  info.url = "http://x/y";
  info.total = 77;
  info.etag = "\"e\"";
  info.fields = {{"Content-Type", "text/plain"}};
  std::vector<std::byte> bytes = serialize(info);
  ASSERT_TRUE(parse_object_info(bytes));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(parse_object_info(std::span(bytes).first(size))) << size;
  }
  bytes.push_back(std::byte{0});
  EXPECT_FALSE(parse_object_info(bytes));
}

TEST(Freshness, TellsWhenTheResponseWasSentByItsOrigin) {
  EXPECT_EQ(assess_freshness({.date = "Fri, 02 Jan 2026 03:03:45 GMT", .now = kNow}).sent, kNow - seconds(20));
  EXPECT_EQ(assess_freshness({.date = "Fri, 02 Jan 2026 03:05:05 GMT", .now = kNow}).sent, kNow + seconds(60));
  EXPECT_EQ(assess_freshness({.date = "today", .now = kNow}).sent, std::nullopt);
  EXPECT_EQ(assess_freshness({.now = kNow}).sent, std::nullopt);
}

}  // namespace
}  // namespace larder::cache
