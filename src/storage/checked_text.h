// The small texts that a drive keeps of itself, such as its epochs: a first line that says what it is, further lines,
// and a last one with the checksum of all before it.
//
// Threads    values and pure functions.
// Source     docs/formats/segment.md.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include "core/result.h"

namespace larder::storage {

/// Bytes of the last line: "crc 0f1e2d3c\n".
inline constexpr std::size_t kChecksumLine = 13;

std::string with_checksum(std::string text);
/// What lies between the first line and the last. Errors: kCorrupt; `otherwise` says what it is without that first
/// line.
Result<std::string_view> checked_lines(std::string_view text, std::string_view first_line, std::string_view otherwise);

// Lines: takes a text apart, line by line and word by word. What cannot be taken stays.
class Lines {
 public:
  explicit Lines(std::string_view text) : rest_(text) {}

  bool at_end() const { return rest_.empty(); }
  bool skip(std::string_view expected) {
    if (!rest_.starts_with(expected)) return false;
    rest_.remove_prefix(expected.size());
    return true;
  }
  bool take(std::uint64_t& number, int base = 10) {
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), number, base);
    if (error != std::errc{}) return false;
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return true;
  }
  /// The next `size` characters; nothing if there are fewer.
  std::optional<std::string_view> take_next(std::size_t size) {
    if (size > rest_.size()) return std::nullopt;
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }

 private:
  std::string_view rest_;
};

}  // namespace larder::storage
