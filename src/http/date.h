// Dates as HTTP writes them: "Sun, 06 Nov 1994 08:49:37 GMT".
//
// Source     RFC 9110 section 5.6.7.
#pragma once

#include <ctime>
#include <optional>
#include <string>
#include <string_view>

#include "core/clock.h"

namespace larder::http {

/// The preferred form, and the two obsolete ones (RFC 850, asctime); a two-digit year is at most 50 years ahead of
/// `now`. Years before 1700 and after 2199 ("never expires") count as 1700 and 2200: the clock ends not far beyond.
/// nullopt: malformed, or a day that no calendar has.
std::optional<WallTime> parse_date(std::string_view text, WallTime now);

/// The preferred form; 29 characters for the years 0 to 9999.
std::string date_to_string(WallTime time);

// CurrentDate: the value of the Date field, written anew once a second.
// Threads    one.
class CurrentDate {
 public:
  /// Valid until the next call.
  std::string_view at(WallTime now);

 private:
  std::time_t second_ = 0;
  std::string text_;
};

}  // namespace larder::http
