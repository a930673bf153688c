// Times as the API and the database have them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/clock.h"
#include "core/result.h"

namespace larder::ledger {

inline std::int64_t to_ms(WallTime time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}
inline WallTime from_ms(std::int64_t ms) { return WallTime(std::chrono::milliseconds(ms)); }

/// "2026-11-21T04:50:00Z", with milliseconds if there are any.
std::string time_to_string(std::int64_t ms);
/// RFC 3339 with any offset, of the years 1970 to 9999. Errors: kInvalid.
larder::Result<std::int64_t> parse_time(std::string_view text);

}  // namespace larder::ledger
