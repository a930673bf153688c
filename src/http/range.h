// Ranges of bytes: as a request asks for them, and as they are once the length is known.
//
// HTTP's are closed and open-ended (RangeRequest); ours are half open (ByteRange). Two types, so that the difference of
// one is never forgotten.
//
// Source     RFC 9110 section 14.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace larder::http {

/// Bytes [begin, end).
struct ByteRange {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;

  std::uint64_t size() const { return end - begin; }
  bool empty() const { return begin == end; }
  friend bool operator==(const ByteRange&, const ByteRange&) = default;
};

/// "bytes=first-last", "bytes=first-" (last is the largest number) or "bytes=-suffix".
struct RangeRequest {
  enum class Kind { kFromFirst, kSuffix };
  Kind kind = Kind::kFromFirst;
  std::uint64_t first = 0;
  std::uint64_t last = UINT64_MAX;
  std::uint64_t suffix = 0;  // kSuffix: how many of the last bytes

  friend bool operator==(const RangeRequest&, const RangeRequest&) = default;
};

/// The value of a Range field. nullopt: another unit, malformed, or several ranges: answer as if it were not there.
/// Numbers too large for 64 bits count as the largest.
std::optional<RangeRequest> parse_range(std::string_view value);

/// The part of `total` bytes that is meant; nullopt: there is none (416).
std::optional<ByteRange> resolve(const RangeRequest& request, std::uint64_t total);

/// "bytes 0-9/100", "bytes 0-9/*", and "bytes */100", which has an empty range.
struct ContentRange {
  ByteRange range;
  std::optional<std::uint64_t> total;

  bool unsatisfied() const { return range.empty(); }
  friend bool operator==(const ContentRange&, const ContentRange&) = default;
};

/// nullopt: malformed, or it contradicts itself (an end before the begin, or beyond the total).
std::optional<ContentRange> parse_content_range(std::string_view value);

}  // namespace larder::http
