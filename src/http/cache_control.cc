#include "http/cache_control.h"

#include <algorithm>
#include <cstdint>

#include "http/characters.h"
#include "http/head.h"

namespace larder::http {
namespace {

constexpr std::uint64_t kLongest = std::uint64_t{1} << 31;

/// Takes the value after "=" from the front of `text`, without its quotes.
std::string_view take_value(std::string_view& text) {
  if (!take(text, '"')) {
    const auto end = std::min(text.find_first_of(", \t"), text.size());
    const std::string_view value = text.substr(0, end);
    text.remove_prefix(end);
    return value;
  }
  std::size_t end = 0;
  while (end < text.size() && text[end] != '"') end += text[end] == '\\' ? 2 : 1;
  const std::string_view value = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return value;
}

void set_seconds(std::optional<std::chrono::seconds>& seconds, std::string_view value) {
  if (seconds) return;
  std::uint64_t number = 0;
  if (!take_number(value, number) || !value.empty()) number = 0;
  seconds = std::chrono::seconds(std::min(number, kLongest));
}

void apply(CacheControl& control, std::string_view name, std::string_view value) {
  if (equal_names(name, "max-age")) set_seconds(control.max_age, value);
  if (equal_names(name, "s-maxage")) set_seconds(control.s_maxage, value);
  if (equal_names(name, "stale-while-revalidate")) set_seconds(control.stale_while_revalidate, value);
  if (equal_names(name, "stale-if-error")) set_seconds(control.stale_if_error, value);
  if (equal_names(name, "no-store")) control.no_store = true;
  if (equal_names(name, "no-cache")) control.no_cache = true;
  if (equal_names(name, "no-transform")) control.no_transform = true;
  if (equal_names(name, "public")) control.is_public = true;
  if (equal_names(name, "private")) control.is_private = true;
  if (equal_names(name, "must-revalidate")) control.must_revalidate = true;
  if (equal_names(name, "proxy-revalidate")) control.proxy_revalidate = true;
  if (equal_names(name, "immutable")) control.immutable = true;
  if (equal_names(name, "only-if-cached")) control.only_if_cached = true;
}

}  // namespace

CacheControl parse_cache_control(std::string_view value) {
  CacheControl control;
  while (!value.empty()) {
    if (is_blank(value.front()) || value.front() == ',') {
      value.remove_prefix(1);
      continue;
    }
    std::size_t length = 0;
    while (length < value.size() && is_token_char(value[length])) ++length;
    const std::string_view name = value.substr(0, length);
    value.remove_prefix(length);
    const std::string_view argument = take(value, '=') ? take_value(value) : std::string_view();
    apply(control, name, argument);
    // What does not belong to a directive is passed over up to the next one.
    value.remove_prefix(std::min(value.find(','), value.size()));
  }
  return control;
}

}  // namespace larder::http
