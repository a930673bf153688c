// Sizes and rates as people write them: "500GiB", "20 MB", "10Gbps".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.h"

namespace larder {

inline constexpr std::uint64_t kKiB = 1024;
inline constexpr std::uint64_t kMiB = 1024 * kKiB;
inline constexpr std::uint64_t kGiB = 1024 * kMiB;

/// Bytes of "10", "64KiB", "1.5 GiB", "500GB" (powers of 1024 with an i, of 1000 without).
/// Errors: kInvalid, with the forms that would be right.
Result<std::uint64_t> parse_size(std::string_view text);

/// Bytes per second of "800Mbps", "10Gbps", "125MB/s". Errors: kInvalid.
Result<std::uint64_t> parse_rate(std::string_view text);

/// "1.5 GiB": at most one decimal, for people.
std::string size_to_string(std::uint64_t bytes);

}  // namespace larder
