// The small readers of field values and URLs: dates, Cache-Control, entity tags, escapes, queries.
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "http/cache_control.h"
#include "http/date.h"
#include "http/etag.h"
#include "http/head.h"
#include "http/percent.h"
#include "http/query.h"

namespace larder::http {
namespace {

using std::chrono::seconds;

const WallTime kExample{seconds(784111777)};  // RFC 9110's own

TEST(Date, OfAllThreeFormsIsTheSame) {
  EXPECT_EQ(parse_date("Sun, 06 Nov 1994 08:49:37 GMT", kExample), kExample);
  EXPECT_EQ(parse_date("Sunday, 06-Nov-94 08:49:37 GMT", kExample), kExample);
  EXPECT_EQ(parse_date("Sun Nov  6 08:49:37 1994", kExample), kExample);
  EXPECT_EQ(date_to_string(kExample), "Sun, 06 Nov 1994 08:49:37 GMT");
}

TEST(Date, IsWrittenAsItWasRead) {
  for (const std::string_view text :
       {"Thu, 01 Jan 1970 00:00:00 GMT", "Wed, 31 Dec 1969 23:59:59 GMT", "Fri, 01 Jan 1700 00:00:00 GMT",
        "Thu, 29 Feb 2024 09:08:07 GMT", "Mon, 05 Oct 2026 10:20:30 GMT", "Tue, 31 Dec 2199 23:59:59 GMT"}) {
    EXPECT_EQ(date_to_string(*parse_date(text, kExample)), text);
  }
}

TEST(Date, OfTwoDigitsIsAtMostFiftyYearsAhead) {
  const WallTime now = *parse_date("Thu, 01 Jan 2026 00:00:00 GMT", kExample);
  EXPECT_EQ(parse_date("Friday, 01-Jan-76 00:00:00 GMT", now), parse_date("Wed, 01 Jan 2076 00:00:00 GMT", kExample));
  EXPECT_EQ(parse_date("Friday, 01-Jan-77 00:00:00 GMT", now), parse_date("Sat, 01 Jan 1977 00:00:00 GMT", kExample));
}

TEST(Date, FarAheadIsFarAhead) {
  EXPECT_GT(*parse_date("Fri, 31 Dec 9999 23:59:59 GMT", kExample),
            *parse_date("Tue, 31 Dec 2199 00:00:00 GMT", kExample));
}

TEST(Date, ThatNoCalendarHasIsNone) {
  for (const char* text :
       {"", "0", "-1", "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:00:00 GMT",
        "Sun, 06 Nov 1994 08:60:00 GMT", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 GMT+1",
        "Sun, 6 Nov 1994 08:49:37 GMT", "Xxx, 06 Nov 1994 08:49:37 GMT", "Sun, 06 nov 1994 08:49:37 GMT",
        "Sun Nov 6 08:49:37 1994x"}) {
    EXPECT_EQ(parse_date(text, kExample), std::nullopt) << text;
  }
}

TEST(CurrentDate, IsWrittenAnewWithTheSecond) {
  CurrentDate date;
  EXPECT_EQ(date.at(kExample), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(date.at(kExample + std::chrono::milliseconds(999)), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(date.at(kExample + seconds(1)), "Sun, 06 Nov 1994 08:49:38 GMT");
}

TEST(CacheControl, IsRead) {
  const CacheControl control =
      parse_cache_control("public, Max-Age=60 , s-maxage=\"120\",immutable, no-cache=\"a, b\", x=y");
  EXPECT_EQ(control.max_age, seconds(60));
  EXPECT_EQ(control.s_maxage, seconds(120));
  EXPECT_TRUE(control.is_public);
  EXPECT_TRUE(control.immutable);
  EXPECT_TRUE(control.no_cache);
  EXPECT_FALSE(control.no_store);
  EXPECT_FALSE(control.is_private);
}

TEST(CacheControl, ImmutableIsOneWordOfItsOwn) {
  EXPECT_TRUE(parse_cache_control("max-age=600, Immutable").immutable);
  EXPECT_TRUE(parse_cache_control("immutable=\"\"").immutable);
  EXPECT_FALSE(parse_cache_control("max-age=600").immutable);
  EXPECT_FALSE(parse_cache_control("max-age=immutable").immutable);
  EXPECT_FALSE(parse_cache_control("x=\"a, immutable\"").immutable);
  EXPECT_FALSE(parse_cache_control("not-immutable, immutable2").immutable);
}

TEST(CacheControl, NumbersThatAreNoneCountAsStaleAndLargeOnesAsTheLargest) {
  EXPECT_EQ(parse_cache_control("max-age=x").max_age, seconds(0));
  EXPECT_EQ(parse_cache_control("max-age").max_age, seconds(0));
  EXPECT_EQ(parse_cache_control("max-age=-1").max_age, seconds(0));
  EXPECT_EQ(parse_cache_control("max-age=99999999999999999999").max_age, seconds(1LL << 31));
  EXPECT_EQ(parse_cache_control("max-age=1, max-age=2").max_age, seconds(1));
}

TEST(CacheControl, NonsenseIsPassedOver) {
  EXPECT_TRUE(parse_cache_control(",,=\"no-cache, @@ , no-store").no_store == false);
  EXPECT_TRUE(parse_cache_control("@@, no-store").no_store);
  EXPECT_FALSE(parse_cache_control("x-no-store").no_store);
  EXPECT_FALSE(parse_cache_control("x=\"no-store\\\"").no_store);
}

TEST(EntityTag, IsRead) {
  EXPECT_EQ(parse_etag("\"abc\"")->opaque, "\"abc\"");
  EXPECT_FALSE(parse_etag("\"abc\"")->weak);
  EXPECT_TRUE(parse_etag(" W/\"abc\" ")->weak);
  EXPECT_TRUE(parse_etag("\"\""));
  for (const char* text : {"", "abc", "\"abc", "w/\"abc\"", "\"a\"b\"", "\"a b\"", "\"a\" x"})
    EXPECT_FALSE(parse_etag(text)) << text;
}

TEST(EntityTag, IsComparedStronglyOrWeakly) {
  const EntityTag strong = *parse_etag("\"a\"");
  const EntityTag weak = *parse_etag("W/\"a\"");
  EXPECT_TRUE(strong_equal(strong, strong));
  EXPECT_FALSE(strong_equal(strong, weak));
  EXPECT_FALSE(strong_equal(weak, weak));
  EXPECT_TRUE(weak_equal(strong, weak));
  EXPECT_FALSE(weak_equal(strong, *parse_etag("\"b\"")));
}

TEST(EntityTag, IsFoundInAList) {
  const EntityTag tag = *parse_etag("\"b\"");
  EXPECT_TRUE(list_has("*", tag, true));
  EXPECT_TRUE(list_has("\"a\", W/\"b\"", tag, true));
  EXPECT_FALSE(list_has("\"a\", W/\"b\"", tag, false));
  EXPECT_TRUE(list_has(", \"x,y\" ,\"b\",", tag, false));
  EXPECT_FALSE(list_has("\"a\"", tag, true));
  EXPECT_FALSE(list_has("\"b\" \"c\"", tag, true));
  EXPECT_FALSE(list_has("\"b\", nonsense", tag, true));
}

TEST(Percent, EscapesAreResolved) {
  EXPECT_EQ(percent_decode("a%2Fb%2f+%25").value(), "a/b/+%");
  EXPECT_EQ(percent_decode("").value(), "");
  for (const char* text : {"%", "a%4", "%zz", "%%41"}) EXPECT_FALSE(percent_decode(text)) << text;
}

std::vector<std::string> pieces(std::string_view text) {
  std::vector<std::string> found;
  for (const QueryPiece& piece : Query(text)) found.push_back(std::string(piece.name) + "|" + std::string(piece.value));
  return found;
}

TEST(Query, IsCutIntoItsPieces) {
  EXPECT_EQ(pieces("a=b&c&d=&=e&f=g=h"), (std::vector<std::string>{"a|b", "c|", "d|", "|e", "f|g=h"}));
  EXPECT_EQ(pieces(""), std::vector<std::string>{});
  EXPECT_EQ(pieces("a&&b"), (std::vector<std::string>{"a|", "|", "b|"}));
  EXPECT_EQ(pieces("&"), (std::vector<std::string>{"|", "|"}));
}

TEST(FieldList, FindsNamesWhateverTheirCase) {
  FieldList fields;
  fields.add("Accept", "a");
  fields.add("ACCEPT", "b, Close");
  EXPECT_EQ(fields.find("accept"), "a");
  EXPECT_EQ(fields.last("accept"), "b, Close");
  EXPECT_EQ(fields.count("accept"), 2u);
  EXPECT_EQ(fields.find("accep"), std::nullopt);
  EXPECT_TRUE(fields.has_token("Accept", "close"));
  EXPECT_FALSE(fields.has_token("Accept", "clo"));
  EXPECT_EQ(fields.joined("Nothing"), "");
  FieldList lines;
  lines.add("cache-control", "max-age=60");
  lines.add("Age", "1");
  lines.add("Cache-Control", "private");
  EXPECT_EQ(lines.joined("Cache-Control"), "max-age=60, private");
}

}  // namespace
}  // namespace larder::http
