// OriginRange: the part of an object that a Range field names, as the fake origin reads it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace larder::support {

/// Half open: [begin, end).
struct OriginRange {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;

  std::uint64_t size() const { return end - begin; }
  friend bool operator==(const OriginRange&, const OriginRange&) = default;
};

/// The part of an object of `size` bytes that "bytes=a-b", "bytes=a-" or "bytes=-n" asks for; empty ([0, 0)) if it
/// cannot be satisfied, nothing if `text` is not one such range.
std::optional<OriginRange> parse_range(std::string_view text, std::uint64_t size);

}  // namespace larder::support
