#include "core/bytes.h"

#include <gtest/gtest.h>

namespace larder {
namespace {

TEST(Bytes, SizesAreReadWithTheirUnits) {
  EXPECT_EQ(*parse_size("0"), 0u);
  EXPECT_EQ(*parse_size("500GiB"), 500 * kGiB);
  EXPECT_EQ(*parse_size("1.5 MiB"), kMiB + kMiB / 2);
  EXPECT_EQ(*parse_size("20GB"), 20'000'000'000u);
  EXPECT_EQ(*parse_size("7B"), 7u);
}

TEST(Bytes, WhatIsNoSizeIsRefusedWithAnExample) {
  for (const std::string_view text :
       {"", "GiB", "-1", "1e3", "10 gb", "10Gi", "nan", "inf", "1 GiB more", "9999999TiB"}) {
    const auto size = parse_size(text);
    ASSERT_FALSE(size) << text;
    EXPECT_EQ(size.error().code, Errc::kInvalid);
  }
  EXPECT_NE(parse_size("much").error().text.find("500GiB"), std::string::npos);
}

TEST(Bytes, RatesAreBytesEachSecond) {
  EXPECT_EQ(*parse_rate("10Gbps"), 1'250'000'000u);
  EXPECT_EQ(*parse_rate("100MB/s"), 100'000'000u);
  EXPECT_FALSE(parse_rate("100"));
}

TEST(Bytes, SizesArePrintedForPeople) {
  EXPECT_EQ(size_to_string(512), "512 B");
  EXPECT_EQ(size_to_string(kGiB + kGiB / 2), "1.5 GiB");
  EXPECT_EQ(size_to_string(64 * kMiB), "64 MiB");
}

}  // namespace
}  // namespace larder
