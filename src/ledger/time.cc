#include "ledger/time.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>

namespace larder::ledger {
namespace {

constexpr std::int64_t kDayMs = 24LL * 3600 * 1000;

/// `count` digits at the front of `text`, which are taken off.
std::optional<int> take_digits(std::string_view& text, std::size_t count) {
  if (text.size() < count) return std::nullopt;
  int value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return value;
}

bool take(std::string_view& text, char expected) {
  if (text.empty() || (text[0] | 0x20) != (expected | 0x20)) return false;
  text.remove_prefix(1);
  return true;
}

struct Digits {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
};

std::optional<Digits> take_date_and_time(std::string_view& text) {
  const auto year = take_digits(text, 4);
  if (!year || !take(text, '-')) return std::nullopt;
  const auto month = take_digits(text, 2);
  if (!month || !take(text, '-')) return std::nullopt;
  const auto day = take_digits(text, 2);
  if (!day || (!take(text, 'T') && !take(text, ' '))) return std::nullopt;
  const auto hour = take_digits(text, 2);
  if (!hour || !take(text, ':')) return std::nullopt;
  const auto minute = take_digits(text, 2);
  if (!minute) return std::nullopt;
  std::optional<int> second = 0;
  if (take(text, ':')) second = take_digits(text, 2);  // seconds may be left out: people type these
  if (!second || *hour > 23 || *minute > 59 || *second > 59 || *year < 1970) return std::nullopt;
  return Digits{*year, *month, *day, *hour, *minute, *second};
}

std::optional<int> take_fraction_ms(std::string_view& text) {
  if (!take(text, '.')) return 0;
  int ms = 0;
  std::size_t digits = 0;
  while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') {
    if (digits < 3) ms = ms * 10 + (text[digits] - '0');
    ++digits;
  }
  if (digits == 0) return std::nullopt;
  for (std::size_t i = digits; i < 3; ++i) ms *= 10;
  text.remove_prefix(digits);
  return ms;
}

std::optional<int> take_offset_minutes(std::string_view& text) {
  if (take(text, 'Z')) return 0;
  if (text.empty() || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  const int sign = text[0] == '+' ? 1 : -1;
  text.remove_prefix(1);
  const auto hours = take_digits(text, 2);
  if (!hours || !take(text, ':')) return std::nullopt;
  const auto minutes = take_digits(text, 2);
  if (!minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  return sign * (*hours * 60 + *minutes);
}

std::optional<std::int64_t> parsed(std::string_view text) {
  const auto digits = take_date_and_time(text);
  if (!digits) return std::nullopt;
  const auto ms = take_fraction_ms(text);
  if (!ms) return std::nullopt;
  const auto offset = take_offset_minutes(text);
  if (!offset || !text.empty()) return std::nullopt;
  const std::chrono::year_month_day date(std::chrono::year(digits->year),
                                         std::chrono::month(static_cast<unsigned>(digits->month)),
                                         std::chrono::day(static_cast<unsigned>(digits->day)));
  if (!date.ok()) return std::nullopt;
  const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  const std::int64_t minutes = digits->hour * 60 + digits->minute - *offset;
  return days * kDayMs + minutes * 60'000 + digits->second * 1000 + *ms;
}

}  // namespace

std::string time_to_string(std::int64_t ms) {
  const std::int64_t days = std::max<std::int64_t>(ms, 0) / kDayMs;
  const std::int64_t rest = std::max<std::int64_t>(ms, 0) % kDayMs;
  const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{days}}};
  std::string text = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                                 static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                                 rest / 3'600'000, rest / 60'000 % 60, rest / 1000 % 60);
  if (rest % 1000 != 0) text += fmt::format(".{:03}", rest % 1000);
  return text + "Z";
}

larder::Result<std::int64_t> parse_time(std::string_view text) {
  const auto ms = parsed(text);
  if (!ms) return fail(Errc::kInvalid, "'{}' is no time; write it like 2026-11-21T04:50:00Z", text.substr(0, 40));
  return *ms;
}

}  // namespace larder::ledger
