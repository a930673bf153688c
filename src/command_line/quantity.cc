#include "command_line/quantity.h"

#include <fmt/chrono.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <optional>

#include "core/bytes.h"

namespace larder::command_line {
namespace {

constexpr std::chrono::seconds kMostDuration = std::chrono::hours(24 * 3650);

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<std::int64_t> unit_seconds(char unit) {
  switch (unit) {
    case 's': return 1;
    case 'm': return 60;
    case 'h': return 3600;
    case 'd': return 86400;
    default: return std::nullopt;
  }
}

// `digits` of `text` at `at`, all of them digits; -1 otherwise.
int digits(std::string_view text, std::size_t at, std::size_t count) {
  if (text.size() < at + count) return -1;
  int value = 0;
  for (const char c : text.substr(at, count)) {
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  return value;
}

bool is_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  if (digits(text, 0, 4) < 0 || digits(text, 5, 2) < 0 || digits(text, 8, 2) < 0) return false;
  return std::chrono::year_month_day(std::chrono::year(digits(text, 0, 4)),
                                     std::chrono::month(static_cast<unsigned>(digits(text, 5, 2))),
                                     std::chrono::day(static_cast<unsigned>(digits(text, 8, 2))))
      .ok();
}

bool is_time_of_day(std::string_view text) {
  if (text.size() != 8 || text[2] != ':' || text[5] != ':') return false;
  const int hour = digits(text, 0, 2);
  const int minute = digits(text, 3, 2);
  const int second = digits(text, 6, 2);
  return hour >= 0 && hour < 24 && minute >= 0 && minute < 60 && second >= 0 && second < 60;
}

}  // namespace

larder::Result<std::chrono::seconds> parse_duration(std::string_view text) {
  const auto wrong = [&] {
    return fail(Errc::kInvalid, "\"{}\" is not a duration such as 90s, 15m, 2h or 1d12h", text);
  };
  std::chrono::seconds sum{0};
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::size_t length = std::min(rest.find_first_not_of("0123456789"), rest.size());
    const auto number = whole_number(rest.substr(0, length));
    if (!number || length == rest.size()) return wrong();
    const auto unit = unit_seconds(rest[length]);
    if (!unit) return wrong();
    if (*number > kMostDuration.count() / *unit) return fail(Errc::kInvalid, "\"{}\" is longer than ten years", text);
    sum += std::chrono::seconds(*number * *unit);
    rest.remove_prefix(length + 1);
  }
  if (sum.count() == 0) return wrong();
  if (sum > kMostDuration) return fail(Errc::kInvalid, "\"{}\" is longer than ten years", text);
  return sum;
}

larder::Result<std::string> parse_time(std::string_view text) {
  std::string_view rest = text;
  const std::string_view date = rest.substr(0, 10);
  rest.remove_prefix(date.size());
  std::string time = "00:00:00";
  if (!rest.empty()) {
    if (rest.front() != 'T' && rest.front() != 't' && rest.front() != ' ') time.clear();
    rest.remove_prefix(1);
    if (rest.ends_with('Z') || rest.ends_with('z')) rest.remove_suffix(1);
    if (const std::size_t dot = rest.find('.'); dot != std::string_view::npos) rest = rest.substr(0, dot);
    if (!time.empty()) time = rest.size() == 5 ? std::string(rest) + ":00" : std::string(rest);
  }
  if (!is_date(date) || !is_time_of_day(time)) {
    return fail(Errc::kInvalid, "\"{}\" is not a time in UTC such as 2026-12-01T03:00Z or 2026-12-01", text);
  }
  return fmt::format("{}T{}Z", date, time);
}

std::string time_to_string(WallTime time) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", std::chrono::time_point_cast<std::chrono::seconds>(time));
}

larder::Result<std::int64_t> parse_mbps(std::string_view text) {
  if (const auto number = whole_number(text); number && *number >= 0) return *number;
  TRY(const std::uint64_t bytes, parse_rate(text));
  constexpr std::uint64_t kMbps = 125'000;
  if (bytes % kMbps != 0) return fail(Errc::kInvalid, "\"{}\" is no whole number of Mbit/s", text);
  return static_cast<std::int64_t>(bytes / kMbps);
}

larder::Result<DriveSize> parse_drive(std::string_view text) {
  const std::size_t equals = text.rfind('=');
  if (equals == std::string_view::npos || equals == 0) {
    return fail(Errc::kInvalid, "\"{}\" is not a drive such as /srv/larder/1=500GiB", text);
  }
  const std::string_view path = text.substr(0, equals);
  TRY(const std::uint64_t bytes, parse_size(text.substr(equals + 1)));
  const std::uint64_t gib = bytes / kGiB;
  if (bytes % kGiB != 0 || gib == 0) {
    return fail(Errc::kInvalid, "\"{}\": the size of a drive is a whole number of GiB; {}={}GiB would be", text, path,
                gib == 0 ? 1 : gib);
  }
  return DriveSize{std::string(path), static_cast<std::int64_t>(gib)};
}

larder::Result<std::pair<std::string, std::string>> parse_label(std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0) {
    return fail(Errc::kInvalid, "\"{}\" is not a label such as site=north", text);
  }
  return std::pair(std::string(text.substr(0, equals)), std::string(text.substr(equals + 1)));
}

larder::Result<std::int64_t> parse_weekday(std::string_view text) {
  constexpr std::array<std::string_view, 7> kDays = {"monday", "tuesday",  "wednesday", "thursday",
                                                     "friday", "saturday", "sunday"};
  std::string word(text);
  std::ranges::transform(word, word.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  for (std::size_t i = 0; i < kDays.size(); ++i) {
    if (word.size() >= 3 && kDays[i].starts_with(word)) return static_cast<std::int64_t>(i) + 1;
  }
  if (const auto number = whole_number(text); number && *number >= 1 && *number <= 7) return *number;
  return fail(Errc::kInvalid, "\"{}\" is not a day of the week: monday to sunday, or 1 to 7", text);
}

larder::Result<std::int64_t> parse_count(std::string_view text) {
  if (const auto number = whole_number(text); number && *number >= 1) return *number;
  return fail(Errc::kInvalid, "\"{}\" is not a number from 1", text);
}

larder::Result<std::int64_t> parse_asn(std::string_view text) {
  std::string_view digits = text;
  if (digits.starts_with("AS") || digits.starts_with("as")) digits.remove_prefix(2);
  if (const auto number = whole_number(digits); number && *number >= 0) return *number;
  return fail(Errc::kInvalid, "\"{}\" is not the number of an autonomous system such as 64500", text);
}

std::vector<ListedPart> split_list(std::string_view text) {
  std::vector<ListedPart> parts;
  std::size_t line_number = 0;
  while (!text.empty()) {
    ++line_number;
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, std::min(end, text.find('#')));
    text.remove_prefix(std::min(end + 1, text.size()));
    while (!line.empty()) {
      const std::size_t start = std::min(line.find_first_not_of(", \t\r;"), line.size());
      line.remove_prefix(start);
      const std::size_t length = std::min(line.find_first_of(", \t\r;"), line.size());
      if (length > 0) parts.push_back({std::string(line.substr(0, length)), line_number});
      line.remove_prefix(length);
    }
  }
  return parts;
}

}  // namespace larder::command_line
