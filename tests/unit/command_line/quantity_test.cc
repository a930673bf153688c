#include "command_line/quantity.h"

#include <gtest/gtest.h>

namespace larder::command_line {
namespace {

TEST(Duration, UnitsAreAddedUp) {
  EXPECT_EQ(parse_duration("90s")->count(), 90);
  EXPECT_EQ(parse_duration("2h")->count(), 7200);
  EXPECT_EQ(parse_duration("1d12h")->count(), 129600);
}

TEST(Duration, WhatIsNoDurationIsRefused) {
  for (const char* text : {"", "2", "h", "2x", "-2h", "2h3", "0s", "99999999999999999999h", "4000d", "999999999999d"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
}

TEST(Time, PartsThatAreLeftOffAreCompleted) {
  EXPECT_EQ(*parse_time("2026-12-01T03:00Z"), "2026-12-01T03:00:00Z");
  EXPECT_EQ(*parse_time("2026-12-01 03:00"), "2026-12-01T03:00:00Z");
  EXPECT_EQ(*parse_time("2026-12-01"), "2026-12-01T00:00:00Z");
  EXPECT_EQ(*parse_time("2026-12-01T03:00:59.123Z"), "2026-12-01T03:00:59Z");
}

TEST(Time, WhatIsNoTimeInUtcIsRefused) {
  for (const char* text : {"", "2026", "2026-13-01", "2026-02-30", "2026-12-01T25:00Z", "2026-12-01T03:00+01:00",
                           "2026-12-01T", "2026-12-01X03:00", "tomorrow"}) {
    EXPECT_FALSE(parse_time(text)) << text;
  }
}

TEST(Mbps, RatesAndPlainNumbers) {
  EXPECT_EQ(*parse_mbps("10Gbps"), 10'000);
  EXPECT_EQ(*parse_mbps("800Mbps"), 800);
  EXPECT_EQ(*parse_mbps("500"), 500);
  EXPECT_FALSE(parse_mbps("800kbps"));
  EXPECT_FALSE(parse_mbps("fast"));
}

TEST(Drive, PathAndSize) {
  const auto drive = parse_drive("/srv/larder/1=1.5TiB");
  ASSERT_TRUE(drive);
  EXPECT_EQ(drive->path, "/srv/larder/1");
  EXPECT_EQ(drive->size_gib, 1536);
}

TEST(Drive, ASizeThatIsNoWholeNumberOfGibIsRefusedWithOneThatIs) {
  const auto drive = parse_drive("/srv/larder/1=500GB");
  ASSERT_FALSE(drive);
  EXPECT_NE(drive.error().text.find("/srv/larder/1=465GiB"), std::string::npos) << drive.error().text;
  EXPECT_FALSE(parse_drive("/srv/larder/1"));
  EXPECT_FALSE(parse_drive("=5GiB"));
}

TEST(Weekday, NamesAndNumbers) {
  EXPECT_EQ(*parse_weekday("monday"), 1);
  EXPECT_EQ(*parse_weekday("Sun"), 7);
  EXPECT_EQ(*parse_weekday("3"), 3);
  EXPECT_FALSE(parse_weekday("8"));
  EXPECT_FALSE(parse_weekday("t"));
}

TEST(List, CommasSpacesAndLinesSeparateAndCommentsAreLeftOut) {
  const auto parts = split_list("10.0.0.0/8, 10.1.0.0/16\n# nothing\n\n2001:db8::/32 # ours\n");
  ASSERT_EQ(parts.size(), 3u);
  EXPECT_EQ(parts[1].text, "10.1.0.0/16");
  EXPECT_EQ(parts[1].line, 1u);
  EXPECT_EQ(parts[2].text, "2001:db8::/32");
  EXPECT_EQ(parts[2].line, 4u);
}

TEST(Quantity, AsNumbersAreTakenWithAndWithoutTheirLetters) {
  EXPECT_EQ(parse_asn("AS64500").value_or(-1), 64500);
  EXPECT_EQ(parse_asn("64500").value_or(-1), 64500);
  for (const char* text : {"", "AS", "-1", "64500x", "ASN64500"}) EXPECT_FALSE(parse_asn(text)) << text;
}

}  // namespace
}  // namespace larder::command_line
