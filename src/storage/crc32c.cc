#include "storage/crc32c.h"

#include <isa-l/crc.h>

#include <algorithm>
#include <climits>

namespace larder::storage {

std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t earlier) {
  // The library takes and returns the raw register; the checksum is its complement, before and after.
  std::uint32_t state = ~earlier;
  while (!bytes.empty()) {
    const std::size_t count = std::min<std::size_t>(bytes.size(), INT_MAX);
    auto* data = reinterpret_cast<unsigned char*>(const_cast<std::byte*>(bytes.data()));  // it only reads
    state = crc32_iscsi(data, static_cast<int>(count), state);
    bytes = bytes.subspan(count);
  }
  return ~state;
}

}  // namespace larder::storage
