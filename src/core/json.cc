#include "core/json.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/stream_parser.hpp>
#include <cmath>
#include <utility>

namespace larder {
namespace {

// As deep as the parser let it become.
bool is_finite(const boost::json::value& value) {
  if (const auto* number = value.if_double()) return std::isfinite(*number);
  if (const auto* list = value.if_array()) return std::ranges::all_of(*list, is_finite);
  if (const auto* object = value.if_object()) {
    return std::ranges::all_of(*object, [](const auto& member) { return is_finite(member.value()); });
  }
  return true;
}

}  // namespace

Result<boost::json::value> parse_json(std::string_view text, std::size_t depth) {
  boost::json::parse_options options;
  options.max_depth = depth;
  boost::json::stream_parser parser({}, options);
  boost::system::error_code error;
  const std::size_t read = parser.write_some(text.data(), text.size(), error);
  if (!error) parser.finish(error);
  if (!error && text.find_first_not_of(" \t\r\n", read) != std::string_view::npos) {
    error = boost::json::error::extra_data;
  }
  if (error) return fail(Errc::kInvalid, "{} (after {} bytes of {})", error.message(), read, text.size());
  auto value = parser.release();
  if (!is_finite(value)) return fail(Errc::kInvalid, "a number is too large");
  return value;
}

JsonSize json_size(std::string_view text) {
  JsonSize size{.values = 1};
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == ',' || c == '[' || c == '{') {
      ++size.values;
    } else if (c == ':') {
      ++size.members;
    }
  }
  return size;
}

Result<boost::json::object> parse_json_object(std::string_view text, std::size_t depth) {
  TRY(auto value, parse_json(text, depth));
  if (!value.is_object()) return fail(Errc::kInvalid, "it is no object");
  return std::move(value.get_object());
}

}  // namespace larder
