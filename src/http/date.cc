#include "http/date.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <type_traits>

#include "http/characters.h"

namespace larder::http {
namespace {

using namespace std::chrono;

constexpr std::array<std::string_view, 7> kDays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                   "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// The clock counts nanoseconds in 64 bits: it ends within the years that can be written.
constexpr sys_seconds kFirst = sys_days(year(1700) / 1 / 1);
constexpr sys_seconds kLast = sys_days(year(2200) / 1 / 1);

struct Parts {
  unsigned day = 0;
  unsigned month = 0;
  int year = 0;
  unsigned hour = 0;
  unsigned minute = 0;
  unsigned second = 0;
};

bool take_text(std::string_view& text, std::string_view expected) {
  if (!text.starts_with(expected)) return false;
  text.remove_prefix(expected.size());
  return true;
}

/// Takes exactly `width` digits.
bool take_digits(std::string_view& text, std::size_t width, auto& number) {
  if (text.size() < width) return false;
  std::string_view digits = text.substr(0, width);
  std::uint64_t value = 0;
  if (!take_number(digits, value) || !digits.empty()) return false;
  number = static_cast<std::remove_reference_t<decltype(number)>>(value);
  text.remove_prefix(width);
  return true;
}

/// Writes `number` over the `width` characters at `at`.
void put_digits(std::string& text, std::size_t at, std::size_t width, unsigned number) {
  for (std::size_t place = at + width; place > at; number /= 10) text[--place] = static_cast<char>('0' + number % 10);
}

bool take_month(std::string_view& text, unsigned& month) {
  const auto found = std::find(kMonths.begin(), kMonths.end(), text.substr(0, 3));
  if (found == kMonths.end()) return false;
  month = static_cast<unsigned>(std::distance(kMonths.begin(), found)) + 1;
  text.remove_prefix(3);
  return true;
}

bool take_time(std::string_view& text, Parts& parts) {
  return take_digits(text, 2, parts.hour) && take(text, ':') && take_digits(text, 2, parts.minute) && take(text, ':') &&
         take_digits(text, 2, parts.second);
}

/// "06 Nov 1994 08:49:37 GMT", after "Sun, ".
bool read_preferred(std::string_view text, Parts& parts) {
  return take_digits(text, 2, parts.day) && take(text, ' ') && take_month(text, parts.month) && take(text, ' ') &&
         take_digits(text, 4, parts.year) && take(text, ' ') && take_time(text, parts) && text == " GMT";
}

/// "06-Nov-94 08:49:37 GMT", after "Sunday, ".
bool read_rfc850(std::string_view text, Parts& parts, WallTime now) {
  if (!take_digits(text, 2, parts.day) || !take(text, '-') || !take_month(text, parts.month) || !take(text, '-')) {
    return false;
  }
  if (!take_digits(text, 2, parts.year) || !take(text, ' ') || !take_time(text, parts)) return false;
  const int this_year = static_cast<int>(year_month_day(floor<days>(now)).year());
  parts.year += this_year / 100 * 100;
  if (parts.year > this_year + 50) parts.year -= 100;
  return text == " GMT";
}

/// "Nov  6 08:49:37 1994", after "Sun ".
bool read_asctime(std::string_view text, Parts& parts) {
  if (!take_month(text, parts.month) || !take(text, ' ')) return false;
  const bool day = take(text, ' ') ? take_digits(text, 1, parts.day) : take_digits(text, 2, parts.day);
  return day && take(text, ' ') && take_time(text, parts) && take(text, ' ') && take_digits(text, 4, parts.year) &&
         text.empty();
}

std::optional<WallTime> to_time(const Parts& parts) {
  const year_month_day date(year(parts.year), month(parts.month), day(parts.day));
  if (!date.ok() || parts.hour > 23 || parts.minute > 59 || parts.second > 60) return std::nullopt;
  const sys_seconds time = sys_days(date) + hours(parts.hour) + minutes(parts.minute) + seconds(parts.second);
  return std::clamp(time, kFirst, kLast);
}

}  // namespace

std::optional<WallTime> parse_date(std::string_view text, WallTime now) {
  text = trim(text);
  for (const std::string_view name : kDays) {
    if (!text.starts_with(name.substr(0, 3))) continue;
    Parts parts;
    std::string_view rest = text;
    if (take_text(rest, name)) {
      if (!take_text(rest, ", ") || !read_rfc850(rest, parts, now)) return std::nullopt;
      return to_time(parts);
    }
    rest.remove_prefix(3);
    const bool read =
        take_text(rest, ", ") ? read_preferred(rest, parts) : take(rest, ' ') && read_asctime(rest, parts);
    return read ? to_time(parts) : std::nullopt;
  }
  return std::nullopt;
}

std::string date_to_string(WallTime time) {
  const auto whole = floor<seconds>(time);
  const auto midnight = floor<days>(whole);
  const year_month_day date(midnight);
  const hh_mm_ss clock(whole - midnight);
  // Each response has one, and fmt would take a tenth of what is spent on it but for the kernel.
  std::string text = "Day, 00 Mon 0000 00:00:00 GMT";
  text.replace(0, 3, kDays[weekday(midnight).c_encoding()].substr(0, 3));
  text.replace(8, 3, kMonths[static_cast<unsigned>(date.month()) - 1]);
  put_digits(text, 5, 2, static_cast<unsigned>(date.day()));
  put_digits(text, 12, 4, static_cast<unsigned>(static_cast<int>(date.year())));
  put_digits(text, 17, 2, static_cast<unsigned>(clock.hours().count()));
  put_digits(text, 20, 2, static_cast<unsigned>(clock.minutes().count()));
  put_digits(text, 23, 2, static_cast<unsigned>(clock.seconds().count()));
  return text;
}

std::string_view CurrentDate::at(WallTime now) {
  const std::time_t second = std::chrono::system_clock::to_time_t(floor<seconds>(now));
  if (second != second_ || text_.empty()) {
    text_ = date_to_string(now);
    second_ = second;
  }
  return text_;
}

}  // namespace larder::http
