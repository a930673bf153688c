#include "storage/crc32c.h"

#include <gtest/gtest.h>

#include <string_view>

namespace larder::storage {
namespace {

std::span<const std::byte> bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

TEST(Crc32c, HasTheKnownCheckValue) { EXPECT_EQ(crc32c(bytes("123456789")), 0xE3069283u); }

TEST(Crc32c, OfNothingIsZero) { EXPECT_EQ(crc32c({}), 0u); }

TEST(Crc32c, ContinuesWhereItStopped) { EXPECT_EQ(crc32c(bytes("56789"), crc32c(bytes("1234"))), 0xE3069283u); }

}  // namespace
}  // namespace larder::storage
