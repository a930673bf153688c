#include "cache/versions.h"

#include <gtest/gtest.h>

#include "support/manual_clock.h"

namespace larder::cache {
namespace {

constexpr WallTime kSentAt = support::ManualClock::kStart;  // Fri, 02 Jan 2026 03:04:05 GMT
const std::string kYesterday = "Thu, 01 Jan 2026 03:04:05 GMT";
const std::string kJustNow = "Fri, 02 Jan 2026 03:03:06 GMT";  // 59 s before

ObjectInfo described(std::string etag, std::string last_modified, std::uint64_t total = 100) {
  ObjectInfo info;
  info.etag = std::move(etag);
  info.last_modified = std::move(last_modified);
  info.total = total;
  info.strong_date = is_strong_date(info.last_modified, kSentAt);
  info.single = !has_strong_validator(info);
  return info;
}

TEST(Versions, AValidatorIsStrongIfNoOtherBytesCanHaveIt) {
  EXPECT_TRUE(has_strong_validator(described("\"a\"", "")));
  EXPECT_TRUE(has_strong_validator(described("", kYesterday)));
  EXPECT_TRUE(has_strong_validator(described("W/\"a\"", kYesterday)));
  EXPECT_TRUE(has_strong_validator(described("unquoted", kYesterday)));
  EXPECT_TRUE(has_strong_validator(described("", "Fri, 02 Jan 2026 03:03:05 GMT")));

  EXPECT_FALSE(has_strong_validator(described("", "")));
  EXPECT_FALSE(has_strong_validator(described("W/\"a\"", "")));
  EXPECT_FALSE(has_strong_validator(described("unquoted", "")));
  EXPECT_FALSE(has_strong_validator(described("W/\"a\"", kJustNow)));
  EXPECT_FALSE(has_strong_validator(described("", "Sat, 03 Jan 2026 03:04:05 GMT"))) << "modified after it was sent";
  EXPECT_FALSE(has_strong_validator(described("", "yesterday")));
}

ObjectInfo immutable(ObjectInfo info) {
  info.fields = {{"Cache-Control", "max-age=1, immutable"}};
  info.single = false;  // whatever is said of it
  return info;
}

struct Pair {
  const char* what;
  ObjectInfo known;
  ObjectInfo response;
  bool same;
  bool same_if_it_never_changes;
};

TEST(Versions, DifferSurelyInWhatBothTell) {
  const ObjectInfo known = described("\"a\"", kYesterday);
  EXPECT_FALSE(differs_surely(known, described("\"a\"", kYesterday), false));
  EXPECT_FALSE(differs_surely(known, described("", ""), false));
  EXPECT_FALSE(differs_surely(known, described("\"a\"", "", kUnknownTotal), false));
  EXPECT_TRUE(differs_surely(known, described("\"b\"", kYesterday), false));
  EXPECT_TRUE(differs_surely(known, described("\"a\"", kJustNow), false));
  EXPECT_TRUE(differs_surely(known, described("\"a\"", kYesterday, 101), false));
  EXPECT_FALSE(differs_surely(known, described("\"b\"", kJustNow), true)) << "servers that name the same differently";
  EXPECT_TRUE(differs_surely(known, described("\"a\"", kYesterday, 101), true));
}

// By the origin's own clock: ours may be set, and set back, between two of its answers.
TEST(Versions, ADateIsAsStrongAsItWasWhenItCame) {
  ObjectInfo known = described("", kYesterday);
  known.born = kSentAt - std::chrono::hours(24 * 40);
  EXPECT_TRUE(same_version(known, described("", kYesterday), false));
}

TEST(Versions, AreToldApartByStrongValidatorsAndLength) {
  const std::vector<Pair> pairs = {
      {"equal tags", described("\"a\"", ""), described("\"a\"", ""), true, true},
      {"other tags", described("\"a\"", ""), described("\"b\"", ""), false, true},
      {"other length", described("\"a\"", ""), described("\"a\"", "", 101), false, false},
      {"a tag decides, whatever the date", described("\"a\"", kYesterday), described("\"a\"", kJustNow), true, true},
      {"an equal date does not help other tags", described("\"a\"", kYesterday), described("\"b\"", kYesterday), false,
       true},
      {"a tag that is missing is another one", described("\"a\"", kYesterday), described("", kYesterday), false, true},
      {"equal dates", described("", kYesterday), described("", kYesterday), true, true},
      {"other dates", described("", kYesterday), described("", "Thu, 01 Jan 2026 03:04:06 GMT"), false, true},
      {"equal weak tags, and an equal date", described("W/\"a\"", kYesterday), described("W/\"a\"", kYesterday), true,
       true},
      {"other weak tags", described("W/\"a\"", kYesterday), described("W/\"b\"", kYesterday), false, true},
      {"weak tags only", described("W/\"a\"", ""), described("W/\"a\"", ""), false, true},
      {"a date of just now", described("", kJustNow), described("", kJustNow), false, true},
      {"nothing", described("", ""), described("", ""), false, true},
      {"nothing, of an origin that said for a while that it does not change", immutable(described("", "")),
       immutable(described("", "")), false, true},
  };
  for (const Pair& pair : pairs) {
    EXPECT_EQ(same_version(pair.known, pair.response, false), pair.same) << pair.what;
    EXPECT_EQ(same_version(pair.known, pair.response, true), pair.same_if_it_never_changes) << pair.what;
    EXPECT_EQ(same_version(pair.response, pair.known, false), pair.same) << pair.what << ", the other way round";
  }
}

TEST(Versions, AnOriginMaySayThatItsContentNeverChanges) {
  ObjectInfo info = described("", "");
  EXPECT_FALSE(is_immutable(info));
  info.fields = {{"Cache-Control", "max-age=60"}};
  EXPECT_FALSE(is_immutable(info));
  info.fields = {{"Cache-Control", "max-age=60, immutable"}};
  EXPECT_TRUE(is_immutable(info));
}

}  // namespace
}  // namespace larder::cache
