#include "http/range.h"

#include <gtest/gtest.h>

namespace larder::http {
namespace {

ByteRange resolved(std::string_view value, std::uint64_t total) {
  const auto request = parse_range(value);
  EXPECT_TRUE(request) << value;
  return resolve(*request, total).value_or(ByteRange{});
}

TEST(Range, IsResolvedAgainstTheLength) {
  EXPECT_EQ(resolved("bytes=0-9", 100), (ByteRange{0, 10}));
  EXPECT_EQ(resolved("bytes=90-", 100), (ByteRange{90, 100}));
  EXPECT_EQ(resolved("bytes=90-1000", 100), (ByteRange{90, 100}));
  EXPECT_EQ(resolved("bytes=99-99", 100), (ByteRange{99, 100}));
  EXPECT_EQ(resolved("bytes=-10", 100), (ByteRange{90, 100}));
  EXPECT_EQ(resolved("bytes=-1000", 100), (ByteRange{0, 100}));
  EXPECT_EQ(resolved("Bytes= 0-1 ", 100), (ByteRange{0, 2}));
}

TEST(Range, BeyondTheEndIsUnsatisfiable) {
  EXPECT_EQ(resolve(*parse_range("bytes=100-"), 100), std::nullopt);
  EXPECT_EQ(resolve(*parse_range("bytes=100-200"), 100), std::nullopt);
  EXPECT_EQ(resolve(*parse_range("bytes=-0"), 100), std::nullopt);
  EXPECT_EQ(resolve(*parse_range("bytes=0-"), 0), std::nullopt);
  EXPECT_EQ(resolve(*parse_range("bytes=-5"), 0), std::nullopt);
}

TEST(Range, NumbersThatOverflowCountAsTheLargest) {
  EXPECT_EQ(resolved("bytes=0-99999999999999999999999", 100), (ByteRange{0, 100}));
  EXPECT_EQ(resolved("bytes=-99999999999999999999999", 100), (ByteRange{0, 100}));
  EXPECT_EQ(resolve(*parse_range("bytes=99999999999999999999999-"), UINT64_MAX), std::nullopt);
  EXPECT_EQ(resolved("bytes=1-", UINT64_MAX), (ByteRange{1, UINT64_MAX}));
}

TEST(Range, OtherUnitsManyRangesAndNonsenseAreNone) {
  for (const char* value :
       {"", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=5-4", "bytes=0-1,5-6", "bytes=0-1,", "items=0-1",
        "bytes 0-1", "bytes=0 - 1", "bytes=+0-1", "bytes=0-1x", "bytes=--1", "bytes=0x0-0x1", "bytesx=0-1"}) {
    EXPECT_EQ(parse_range(value), std::nullopt) << value;
  }
}

TEST(ContentRange, IsRead) {
  EXPECT_EQ(parse_content_range("bytes 0-9/100"), (ContentRange{{0, 10}, 100}));
  EXPECT_EQ(parse_content_range("bytes 0-9/*"), (ContentRange{{0, 10}, std::nullopt}));
  EXPECT_EQ(parse_content_range("bytes */100"), (ContentRange{{0, 0}, 100}));
  EXPECT_TRUE(parse_content_range("bytes */100")->unsatisfied());
}

TEST(ContentRange, ThatContradictsItselfIsNone) {
  for (const char* value : {"", "bytes", "bytes 0-9", "bytes 0-9/", "bytes 9-0/100", "bytes 0-100/100", "bytes */*",
                            "bytes 0-9/100x", "items 0-9/100", "bytes=0-9/100", "bytes 0-18446744073709551615/*",
                            "bytes -9/100", "bytes 0-9/99999999999999999999"}) {
    EXPECT_EQ(parse_content_range(value), std::nullopt) << value;
  }
}

}  // namespace
}  // namespace larder::http
