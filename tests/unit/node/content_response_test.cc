#include "node/content_response.h"

#include <gtest/gtest.h>

#include <vector>

#include "cache/object_info.h"
#include "support/manual_clock.h"

namespace larder::node {
namespace {

using Kind = ContentResponse::Kind;

constexpr Representation kObject{"\"v1\"", "Fri, 02 Jan 2026 03:04:05 GMT", true, 1000};

ContentResponse response(const std::string& fields, const Representation& object = kObject,
                         std::string_view method = "GET") {
  const std::string text = std::string(method) + " / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n";
  const auto head = http::parse_request_head(text, 16 * 1024);
  return content_response(**head, object, support::ManualClock::kStart);
}

struct Case {
  const char* fields;
  Kind kind;
  http::ByteRange bytes;
};

TEST(ContentResponse, FollowsConditionsThenTheRange) {
  const http::ByteRange whole{0, 1000};
  const std::vector<Case> cases = {
      {"", Kind::kWhole, whole},
      {"Range: bytes=0-9\r\n", Kind::kPart, {0, 10}},
      {"Range: bytes=-10\r\n", Kind::kPart, {990, 1000}},
      {"Range: bytes=990-5000\r\n", Kind::kPart, {990, 1000}},
      {"Range: bytes=1000-\r\n", Kind::kNotSatisfiable, {}},
      {"Range: bytes=-0\r\n", Kind::kNotSatisfiable, {}},
      {"Range: lines=0-9\r\n", Kind::kWhole, whole},
      {"Range: bytes=0-9,20-29\r\n", Kind::kWhole, whole},
      {"If-Range: \"v1\"\r\nRange: bytes=0-9\r\n", Kind::kPart, {0, 10}},
      {"If-Range: \"v2\"\r\nRange: bytes=0-9\r\n", Kind::kWhole, whole},
      {"If-Range: W/\"v1\"\r\nRange: bytes=0-9\r\n", Kind::kWhole, whole},
      {"If-Range: Fri, 02 Jan 2026 03:04:05 GMT\r\nRange: bytes=0-9\r\n", Kind::kPart, {0, 10}},
      {"If-Range: Fri, 02 Jan 2026 03:04:06 GMT\r\nRange: bytes=0-9\r\n", Kind::kWhole, whole},
      {"If-Range: \"v2\"\r\nRange: bytes=1000-\r\n", Kind::kWhole, whole},
      {"If-None-Match: \"v1\"\r\n", Kind::kNotModified, {}},
      {"If-None-Match: W/\"v1\"\r\n", Kind::kNotModified, {}},
      {"If-None-Match: \"v0\", \"v1\"\r\n", Kind::kNotModified, {}},
      {"If-None-Match: \"v0\"\r\nIf-None-Match: \"v1\"\r\n", Kind::kNotModified, {}},
      {"If-None-Match: *\r\n", Kind::kNotModified, {}},
      {"If-None-Match: \"v2\"\r\n", Kind::kWhole, whole},
      {"If-None-Match: \"v2\"\r\nIf-Modified-Since: Fri, 02 Jan 2026 03:04:05 GMT\r\n", Kind::kWhole, whole},
      {"If-Modified-Since: Fri, 02 Jan 2026 03:04:05 GMT\r\n", Kind::kNotModified, {}},
      {"If-Modified-Since: Fri, 02 Jan 2026 03:04:04 GMT\r\n", Kind::kWhole, whole},
      {"If-Modified-Since: yesterday\r\n", Kind::kWhole, whole},
      {"If-None-Match: \"v1\"\r\nRange: bytes=5000-\r\n", Kind::kNotModified, {}},
      {"If-Match: \"v2\"\r\n", Kind::kWhole, whole},
  };
  for (const Case& row : cases) {
    const ContentResponse got = response(row.fields);
    EXPECT_EQ(got.kind, row.kind) << row.fields;
    EXPECT_EQ(got.bytes, row.bytes) << row.fields;
  }
}

TEST(ContentResponse, AnETagWithoutQuotesIsMetByTheSameBytes) {
  struct TagCase {
    const char* ours;
    const char* field;
    Kind kind;
  };
  const std::vector<TagCase> cases = {
      {"5f3-61a", "If-Range: 5f3-61a", Kind::kPart},
      {"5f3-61a", "If-Range: 5f3-61b", Kind::kWhole},
      {"5f3-61a", "If-Range: 5F3-61A", Kind::kWhole},
      {"5f3-61a", "If-Range: \"5f3-61a\"", Kind::kWhole},
      {"\"5f3-61a\"", "If-Range: 5f3-61a", Kind::kWhole},
      {"W/5f3-61a", "If-Range: W/5f3-61a", Kind::kWhole},
      {"w/\"5f3\"", "If-Range: w/\"5f3\"", Kind::kWhole},
      {"W/\"5f3\"", "If-Range: W/\"5f3\"", Kind::kWhole},
      {"", "If-Range:", Kind::kWhole},
      {"5f3-61a", "If-None-Match: 5f3-61a", Kind::kNotModified},
      {"W/5f3-61a", "If-None-Match: W/5f3-61a", Kind::kNotModified},
      {"5f3-61a", "If-None-Match: 5f3-61b", Kind::kPart},
      {"5f3-61a", "If-None-Match: \"5f3-61a\"", Kind::kPart},
      {"\"5f3-61a\"", "If-None-Match: 5f3-61a", Kind::kPart},
      {"", "If-None-Match:", Kind::kPart},
  };
  for (const TagCase& row : cases) {
    const Representation object{row.ours, "", false, 1000};
    EXPECT_EQ(response(std::string(row.field) + "\r\nRange: bytes=0-9\r\n", object).kind, row.kind)
        << row.ours << " and " << row.field;
  }
}

TEST(ContentResponse, OfHeadHasNoRange) {
  EXPECT_EQ(response("Range: bytes=0-9\r\n", kObject, "HEAD").kind, Kind::kWhole);
  EXPECT_EQ(response("Range: bytes=5000-\r\n", kObject, "HEAD").kind, Kind::kWhole);
  EXPECT_EQ(response("If-None-Match: \"v1\"\r\n", kObject, "HEAD").kind, Kind::kNotModified);
}

TEST(ContentResponse, OfAnObjectWithoutValidatorsMeetsNoCondition) {
  const Representation bare{"", "", false, 1000};
  EXPECT_EQ(response("If-None-Match: \"v1\"\r\n", bare).kind, Kind::kWhole);
  EXPECT_EQ(response("If-Modified-Since: Fri, 02 Jan 2026 03:04:05 GMT\r\n", bare).kind, Kind::kWhole);
  EXPECT_EQ(response("If-Range: \"v1\"\r\nRange: bytes=0-9\r\n", bare).kind, Kind::kWhole);
}

// Another version of the same second would have it too (RFC 9110 13.1.5).
TEST(ContentResponse, ADateThatIsNotStrongHoldsNoRange) {
  Representation recent = kObject;
  recent.has_strong_date = false;
  const char* fields = "If-Range: Fri, 02 Jan 2026 03:04:05 GMT\r\nRange: bytes=0-9\r\n";
  EXPECT_EQ(response(fields, recent).kind, Kind::kWhole);
}

TEST(ContentResponse, OfAnEmptyObject) {
  const Representation empty{"\"v1\"", "", false, 0};
  EXPECT_EQ(response("", empty).bytes, (http::ByteRange{0, 0}));
  EXPECT_EQ(response("Range: bytes=0-\r\n", empty).kind, Kind::kNotSatisfiable);
}

TEST(ContentResponse, SaysItsStatus) {
  EXPECT_EQ((ContentResponse{Kind::kWhole, {}}.status()), 200);
  EXPECT_EQ((ContentResponse{Kind::kPart, {}}.status()), 206);
  EXPECT_EQ((ContentResponse{Kind::kNotModified, {}}.status()), 304);
  EXPECT_EQ((ContentResponse{Kind::kNotSatisfiable, {}}.status()), 416);
}

// The body is on its way, and nobody has said how long it is.
TEST(ContentResponse, OfAnUnknownLengthWhatNeedsNoneIsAnswered) {
  Representation object = kObject;
  object.total = cache::kUnknownTotal;
  EXPECT_EQ(response("", object).bytes, (http::ByteRange{0, cache::kUnknownTotal}));
  EXPECT_EQ(response("Range: bytes=5-9\r\n", object).bytes, (http::ByteRange{5, 10}));
  EXPECT_EQ(response("Range: bytes=5-9\r\n", object).status(), 206);
  EXPECT_EQ(response("If-None-Match: \"v1\"\r\n", object).kind, Kind::kNotModified);
  for (const char* range : {"Range: bytes=5-\r\n", "Range: bytes=-5\r\n", "Range: bytes=5-18446744073709551615\r\n"}) {
    EXPECT_EQ(response(range, object).kind, Kind::kUntold) << range;
  }
}

}  // namespace
}  // namespace larder::node
