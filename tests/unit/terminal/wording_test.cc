#include "terminal/wording.h"

#include <gtest/gtest.h>

namespace larder::terminal {
namespace {

TEST(Wording, ThousandsAreSeparated) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1234567), "1,234,567");
  EXPECT_EQ(grouped(-123456), "-123,456");
}

TEST(Wording, TimesAreShownToTheMinute) {
  EXPECT_EQ(short_time("2026-11-21T04:50:12Z"), "2026-11-21 04:50");
  EXPECT_EQ(short_time("never"), "never");
  EXPECT_EQ(short_time(""), "");
}

}  // namespace
}  // namespace larder::terminal
