#include "support/message_head.h"

#include <algorithm>
#include <cctype>

namespace larder::support {
namespace {

char lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::string_view take_line(std::string_view& text) {
  const auto end = text.find("\r\n");
  const std::string_view line = text.substr(0, end);
  text = end == std::string_view::npos ? std::string_view() : text.substr(end + 2);
  return line;
}

}  // namespace

bool same_name(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view MessageHead::field(std::string_view name) const {
  std::string_view value;
  for (const Field& field : fields) {
    if (same_name(field.name, name)) value = field.value;
  }
  return value;
}

bool MessageHead::has_exactly(std::string_view name) const {
  return std::ranges::any_of(fields, [&](const Field& field) { return field.name == name; });
}

std::size_t MessageHead::count(std::string_view name) const {
  return static_cast<std::size_t>(
      std::ranges::count_if(fields, [&](const Field& field) { return same_name(field.name, name); }));
}

std::optional<MessageHead> parse_message_head(std::string_view text) {
  MessageHead head;
  head.first_line = take_line(text);
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    if (line.empty()) continue;
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    head.fields.push_back({std::string(line.substr(0, colon)), std::string(trim(line.substr(colon + 1)))});
  }
  return head;
}

}  // namespace larder::support
