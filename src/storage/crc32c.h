// CRC-32C (Castagnoli, RFC 3720 B.4): the checksum of everything in a segment.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace larder::storage {

/// Of `bytes`, or of what `earlier` is the checksum of followed by `bytes`. "123456789" gives 0xE3069283.
std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t earlier = 0);

}  // namespace larder::storage
