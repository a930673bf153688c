#include "support/content.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "support/seed.h"

namespace larder::support {
namespace {

std::vector<std::byte> content(std::uint64_t seed, std::uint64_t offset, std::size_t size) {
  std::vector<std::byte> bytes(size);
  fill(bytes, seed, offset);
  return bytes;
}

TEST(Content, AnyRangeIsThatPartOfTheWhole) {
  const auto whole = content(7, 0, 4096);
  SCOPED_TRACE(seed_trace());
  std::mt19937_64 random(test_seed());
  for (int i = 0; i < 2000; ++i) {
    const std::size_t begin = random() % whole.size();
    const std::size_t size = random() % (whole.size() - begin + 1);
    const auto part = content(7, begin, size);
    ASSERT_TRUE(std::equal(part.begin(), part.end(), whole.begin() + static_cast<std::ptrdiff_t>(begin)))
        << begin << "+" << size;
  }
}

TEST(Content, VerifyFindsTheFirstWrongByte) {
  constexpr std::uint64_t kOffset = (5ull << 32) + 3;
  for (std::size_t wrong = 0; wrong < 40; ++wrong) {
    auto bytes = content(9, kOffset, 40);
    EXPECT_EQ(verify(bytes, 9, kOffset), std::nullopt);
    bytes[wrong] ^= std::byte{0x10};
    EXPECT_EQ(verify(bytes, 9, kOffset), kOffset + wrong);
  }
}

TEST(Content, OtherSeedsAndOtherOffsetsDiffer) {
  const auto bytes = content(1, 1 << 20, 64);
  EXPECT_TRUE(verify(bytes, 2, 1 << 20));
  EXPECT_TRUE(verify(bytes, 1, 0));
  EXPECT_TRUE(verify(bytes, 1, (1 << 20) + 8));
}

}  // namespace
}  // namespace larder::support
