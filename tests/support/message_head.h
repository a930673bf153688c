// MessageHead: the head of an HTTP/1.1 message as it came, field names in their own case and order.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace larder::support {

struct Field {
  std::string name;
  std::string value;
};

struct MessageHead {
  std::string first_line;
  std::vector<Field> fields;

  /// Value of the last field of that name, whatever its case; empty if there is none.
  std::string_view field(std::string_view name) const;
  /// True if there is a field of exactly this name, case included: clients exist that care.
  bool has_exactly(std::string_view name) const;
  std::size_t count(std::string_view name) const;
};

bool same_name(std::string_view a, std::string_view b);

/// Parses what lies before the empty line; nothing if a line is not a field.
std::optional<MessageHead> parse_message_head(std::string_view text);

}  // namespace larder::support
