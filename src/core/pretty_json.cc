#include "core/pretty_json.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstdint>
#include <iterator>
#include <string_view>

#include "core/code_points.h"
#include "core/utf8.h"

namespace larder {
namespace {

void append_indent(std::string& out, std::size_t depth) { out.append(2 * depth, ' '); }

// JSON writes what lies beyond 0xFFFF as two halves (RFC 8259, section 7).
void append_as_escape(std::string& out, char32_t point) {
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
      append_as_escape(out, point);
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

}  // namespace

std::string pretty_json(const boost::json::value& value) {
  std::string out;
  append_value(out, value, 0);
  out += '\n';
  return out;
}

}  // namespace larder
