#include "apply/yaml_value.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace larder::apply {
namespace {

template <std::size_t kCount>
bool is_one_of(std::string_view text, const std::array<std::string_view, kCount>& words) {
  return std::ranges::find(words, text) != words.end();
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::size_t take_digits(std::string_view& text) {
  const auto end = std::ranges::find_if_not(text, is_digit);
  const auto count = static_cast<std::size_t>(end - text.begin());
  text.remove_prefix(count);
  return count;
}

bool take_sign(std::string_view& text) {
  if (!text.starts_with('-') && !text.starts_with('+')) return false;
  text.remove_prefix(1);
  return true;
}

// "1.5", ".5", "1e3".
bool is_decimal(std::string_view text) {
  take_sign(text);
  std::size_t digits = take_digits(text);
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    digits += take_digits(text);
  }
  if (digits == 0) return false;
  if (text.empty()) return true;
  if (text.front() != 'e' && text.front() != 'E') return false;
  text.remove_prefix(1);
  take_sign(text);
  return take_digits(text) > 0 && text.empty();
}

bool is_whole(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  if (text.empty() || (text.size() > 1 && text.front() == '0')) return false;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() && is_digit(text.front());
}

// "0x1F", "0o17".
bool has_base(std::string_view text) {
  if (!text.starts_with("0x") && !text.starts_with("0o")) return false;
  text.remove_prefix(2);
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  });
}

}  // namespace

YamlKind kind_of_plain(std::string_view text) {
  constexpr std::array<std::string_view, 5> kNulls = {"", "~", "null", "Null", "NULL"};
  constexpr std::array<std::string_view, 6> kFlags = {"true", "True", "TRUE", "false", "False", "FALSE"};
  constexpr std::array<std::string_view, 12> kOdd = {".inf",  ".Inf",  ".INF",  "+.inf", "+.Inf", "+.INF",
                                                     "-.inf", "-.Inf", "-.INF", ".nan",  ".NaN",  ".NAN"};
  if (is_one_of(text, kNulls)) return YamlKind::kNull;
  if (is_one_of(text, kFlags)) return YamlKind::kFlag;
  if (is_whole(text)) return YamlKind::kNumber;
  if (is_one_of(text, kOdd) || is_decimal(text) || has_base(text)) return YamlKind::kOtherNumber;
  return YamlKind::kText;
}

}  // namespace larder::apply
