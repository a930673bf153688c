#include "cli/json_view.h"

#include <fmt/format.h>

#include <boost/json/serialize.hpp>
#include <iterator>

#include "cli/printable.h"
#include "core/utf8.h"

namespace larder::cli {
namespace {

void append_indent(std::string& out, std::size_t depth) { out.append(2 * depth, ' '); }

// JSON writes what lies beyond 0xFFFF as two halves (RFC 8259, section 7).
void append_escaped(std::string& out, char32_t point) {
  if (point > 0xFFFF) {
    fmt::format_to(std::back_inserter(out), "\\u{:04x}", 0xD7C0 + std::uint32_t{point >> 10});
    point = 0xDC00 + (point & 0x3FF);
  }
  fmt::format_to(std::back_inserter(out), "\\u{:04x}", std::uint32_t{point});
}

void append_string(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const std::string_view rest = text;
    const char32_t point = take_point(text);
    if (point == '"' || point == '\\') {
      out += '\\';
      out += rest.front();
    } else if (point == '\n') {
      out += "\\n";
    } else if (point == kNoPoint) {
      out += "\\ufffd";
    } else if (is_unprintable(point)) {
      append_escaped(out, point);
    } else {
      out += rest.substr(0, rest.size() - text.size());
    }
  }
  out += '"';
}

void append_value(std::string& out, const boost::json::value& value, std::size_t depth);

template <class Items, class Each>
void append_items(std::string& out, const Items& items, char open, char close, std::size_t depth, Each each) {
  out += open;
  bool first = true;
  for (const auto& item : items) {
    out += first ? "\n" : ",\n";
    first = false;
    append_indent(out, depth + 1);
    each(item);
  }
  if (!first) {
    out += '\n';
    append_indent(out, depth);
  }
  out += close;
}

void append_value(std::string& out, const boost::json::value& value, std::size_t depth) {
  if (const auto* object = value.if_object()) {
    append_items(out, *object, '{', '}', depth, [&](const boost::json::key_value_pair& member) {
      append_string(out, member.key());
      out += ": ";
      append_value(out, member.value(), depth + 1);
    });
  } else if (const auto* array = value.if_array()) {
    append_items(out, *array, '[', ']', depth,
                 [&](const boost::json::value& item) { append_value(out, item, depth + 1); });
  } else if (const auto* string = value.if_string()) {
    append_string(out, *string);
  } else {
    out += boost::json::serialize(value);
  }
}

std::string text_of(const boost::json::value& value) {
  if (value.is_null()) return "";
  if (const auto* string = value.if_string()) return std::string(*string);
  if (const auto* array = value.if_array()) {
    std::string out;
    for (const auto& item : *array) out += (out.empty() ? "" : ", ") + text_of(item);
    return out;
  }
  if (const auto* object = value.if_object()) {
    std::string out;
    for (const auto& member : *object) {
      out += (out.empty() ? "" : ", ") + std::string(member.key()) + "=" + text_of(member.value());
    }
    return out;
  }
  return boost::json::serialize(value);
}

}  // namespace

const boost::json::value* find_at(const boost::json::value& value, std::string_view pointer) {
  boost::system::error_code error;
  return value.find_pointer({pointer.data(), pointer.size()}, error);
}

std::string text_at(const boost::json::value& value, std::string_view pointer) {
  const boost::json::value* found = find_at(value, pointer);
  return found == nullptr ? "" : text_of(*found);
}

std::int64_t number_at(const boost::json::value& value, std::string_view pointer) {
  const boost::json::value* found = find_at(value, pointer);
  if (found == nullptr) return 0;
  boost::system::error_code error;
  const auto number = found->to_number<std::int64_t>(error);
  return error ? 0 : number;
}

bool flag_at(const boost::json::value& value, std::string_view pointer) {
  const boost::json::value* found = find_at(value, pointer);
  return found != nullptr && found->is_bool() && found->get_bool();
}

const boost::json::array& list_at(const boost::json::value& value, std::string_view pointer) {
  static const boost::json::array kNone;
  const boost::json::value* found = find_at(value, pointer);
  return found != nullptr && found->is_array() ? found->get_array() : kNone;
}

std::string pretty_json(const boost::json::value& value) {
  std::string out;
  append_value(out, value, 0);
  out += '\n';
  return out;
}

}  // namespace larder::cli
