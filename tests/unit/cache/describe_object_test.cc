#include "cache/describe_object.h"

#include <gtest/gtest.h>

#include "response_of.h"
#include "support/manual_clock.h"

namespace larder::cache {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr WallTime kDescribedAt = support::ManualClock::kStart;  // Fri, 02 Jan 2026 03:04:05 GMT

class DescribeObject : public testing::Test {
 protected:
  DescribeObject() {
    rule.name = "games";
    target.rule = &rule;
    target.host = "dl.example.com";
    target.port = 80;
    target.path_and_query = "/a?x=1";
    target.key = origin::UrlKey{{1, 2}};
  }

  ObjectInfo describe(const std::string& fields, std::uint64_t total = 100) {
    const ResponseOf response("HTTP/1.1 200 OK\r\n" + fields);
    return describe_object(response.facts(), target, total, kDescribedAt,
                           [this] { return storage::ObjectId{99, ++new_ids}; });
  }
  ObjectInfo validated(const ObjectInfo& stored, const std::string& fields) {
    const ResponseOf response("HTTP/1.1 304 Not Modified\r\n" + fields);
    return describe_validated(stored, response.facts(), target, kDescribedAt);
  }
  static std::string field(const ObjectInfo& info, std::string_view name) {
    for (const auto& [known, value] : info.fields) {
      if (known == name) return value;
    }
    return "";
  }

  origin::ContentRule rule;
  origin::Target target;
  std::uint64_t new_ids = 0;
};

TEST_F(DescribeObject, EqualStrongValidatorsAreOneObject) {
  EXPECT_EQ(describe("ETag: \"a\"").id, describe("ETag: \"a\"").id);
  EXPECT_EQ(describe("ETag: \"a\"").id, describe("ETag: \"a\"\r\nLast-Modified: Thu, 01 Jan 2026 03:04:05 GMT").id)
      << "edges that differ by a second in what they call modified have the same bytes";
  EXPECT_NE(describe("ETag: \"a\"").id, describe("ETag: \"b\"").id);
  EXPECT_NE(describe("ETag: \"a\"").id, describe("ETag: \"a\"", 101).id);
  EXPECT_FALSE(describe("ETag: \"a\"").single);
  EXPECT_EQ(new_ids, 0u);
}

TEST_F(DescribeObject, WithoutAStrongValidatorEveryResponseIsAnObjectOfItsOwn) {
  for (const char* fields : {"Server: x", "ETag: W/\"a\"", "Last-Modified: Fri, 02 Jan 2026 03:04:00 GMT"}) {
    const ObjectInfo first = describe(fields);
    EXPECT_TRUE(first.single) << fields;
    EXPECT_NE(first.id, describe(fields).id) << fields;
  }
}

TEST_F(DescribeObject, OfUnknownLengthIsAnObjectOfItsOwn) {
  EXPECT_NE(describe("ETag: \"a\"", kUnknownTotal).id, describe("ETag: \"a\"", kUnknownTotal).id);
}

TEST_F(DescribeObject, UnderARuleThatSaysSoTheLengthIsTheVersion) {
  rule.immutable = {*origin::parse_path_pattern("*")};
  EXPECT_EQ(describe("ETag: \"a\"").id, describe("ETag: W/\"b\"").id);
  EXPECT_NE(describe("ETag: \"a\"").id, describe("ETag: \"a\"", 101).id);
  EXPECT_FALSE(describe("Server: x").single);
}

TEST_F(DescribeObject, OfAnOriginThatSaysSoItIsAnObjectOfItsOwnAfterThat) {
  const ObjectInfo info = describe("Cache-Control: max-age=60, immutable");
  EXPECT_TRUE(info.single) << "when it is no longer fresh";
  EXPECT_NE(info.id, describe("Cache-Control: max-age=60, immutable").id) << "later it may be another one";
}

TEST_F(DescribeObject, AValidationThatSaysNothingChangesNothingButTheAge) {
  const ObjectInfo stored = describe("ETag: \"a\"\r\nContent-Type: text/plain\r\nCache-Control: max-age=60\r\nAge: 50");
  EXPECT_EQ(stored.fresh_until, kDescribedAt + seconds(10));
  const ObjectInfo now = validated(stored, "ETag: \"a\"");
  EXPECT_EQ(now.fresh_until, kDescribedAt + seconds(60)) << "what was said before still counts (RFC 9111 4.3.4)";
  EXPECT_EQ(now.born, kDescribedAt);
  EXPECT_EQ(now.fields, stored.fields);
  EXPECT_EQ(now.id, stored.id);
}

TEST_F(DescribeObject, WhatMustBeAskedForAlwaysStaysSo) {
  const ObjectInfo stored = describe("ETag: \"a\"\r\nCache-Control: no-cache");
  EXPECT_EQ(validated(stored, "ETag: \"a\"").fresh_until, kDescribedAt);
}

TEST_F(DescribeObject, AValidationThatSaysSomethingNewCounts) {
  const ObjectInfo stored = describe("ETag: \"a\"\r\nContent-Type: text/plain\r\nCache-Control: no-cache");
  const ObjectInfo now = validated(stored,
                                   "Cache-Control: max-age=3600\r\nContent-Type: text/html\r\n"
                                   "Expires: Fri, 02 Jan 2026 09:04:05 GMT");
  EXPECT_EQ(now.fresh_until, kDescribedAt + hours(1));
  EXPECT_EQ(field(now, "Cache-Control"), "max-age=3600");
  EXPECT_EQ(field(now, "Expires"), "Fri, 02 Jan 2026 09:04:05 GMT");
  EXPECT_EQ(field(now, "Content-Type"), "text/plain") << "the bytes are the stored ones";
}

}  // namespace
}  // namespace larder::cache
