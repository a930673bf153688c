// Object descriptions, as they come from a drive: whatever is read is written back the same.
#include <algorithm>
#include <cstdint>
#include <span>

#include "cache/object_info.h"
#include "core/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  if (const auto info = larder::cache::parse_object_info(bytes)) {
    const auto again = larder::cache::parse_object_info(larder::cache::serialize(*info));
    CHECK(again && *again == *info, "a round trip changed it");
  }
  return 0;
}
