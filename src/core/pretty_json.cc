#include "core/pretty_json.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstdint>
#include <iterator>
#include <string_view>
#include <utility>

#include "core/code_points.h"
#include "core/utf8.h"

namespace larder {
namespace {

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

class Printer {
 public:
  explicit Printer(bool on_one_line) : on_one_line_(on_one_line) {}

  std::string print(const boost::json::value& value) {
    append(value, 0);
    return std::move(out_) + '\n';
  }

 private:
  void append(const boost::json::value& value, std::size_t depth) {
    if (const auto* object = value.if_object()) {
      append_items(*object, '{', '}', depth, [&](const boost::json::key_value_pair& member) {
        append_string(out_, member.key());
        out_ += ": ";
        append(member.value(), depth + 1);
      });
    } else if (const auto* array = value.if_array()) {
      append_items(*array, '[', ']', depth, [&](const boost::json::value& item) { append(item, depth + 1); });
    } else if (const auto* string = value.if_string()) {
      append_string(out_, *string);
    } else {
      out_ += boost::json::serialize(value);
    }
  }

  template <class Items, class Each>
  void append_items(const Items& items, char open, char close, std::size_t depth, Each each) {
    out_ += open;
    bool first = true;
    for (const auto& item : items) {
      if (!first) out_ += on_one_line_ ? ", " : ",";
      begin_line(depth + 1);
      first = false;
      each(item);
    }
    if (!first) begin_line(depth);
    out_ += close;
  }

  void begin_line(std::size_t depth) {
    if (on_one_line_) return;
    out_ += '\n';
    out_.append(2 * depth, ' ');
  }

  bool on_one_line_;
  std::string out_;
};

}  // namespace

std::string pretty_json(const boost::json::value& value) { return Printer(false).print(value); }

std::string json_on_one_line(const boost::json::value& value) { return Printer(true).print(value); }

}  // namespace larder
