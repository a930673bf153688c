#include "core/json.h"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/stream_parser.hpp>
#include <cmath>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/shown.h"

namespace larder {
namespace {

constexpr std::string_view kJsonBlanks = " \t\r\n";
constexpr std::size_t kNameInError = 100;  // bytes

struct Contents {
  bool finite = true;  // all numbers
  std::size_t members = 0;
};

// As deep as the parser let it become.
void look(const boost::json::value& value, Contents& found) {
  if (const auto* number = value.if_double()) found.finite = found.finite && std::isfinite(*number);
  if (const auto* list = value.if_array()) {
    for (const auto& entry : *list) look(entry, found);
  }
  if (const auto* object = value.if_object()) {
    found.members += object->size();
    for (const auto& member : *object) look(member.value(), found);
  }
}

/// Where the string that begins at `begin` ends: its last quotation mark. REQUIRES: it does.
std::size_t end_of_string(std::string_view text, std::size_t begin) {
  std::size_t end = begin + 1;
  while (text[end] != '"') end += text[end] == '\\' ? 2 : 1;
  return end;
}

/// A name that one object has twice; "" if there is none. REQUIRES: `text` is JSON.
std::string repeated_name(std::string_view text) {
  std::vector<std::set<std::string>> open;  // the names of each object that has begun; of a list none
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '{' || text[i] == '[') open.emplace_back();
    if (text[i] == '}' || text[i] == ']') open.pop_back();
    if (text[i] != '"') continue;
    const std::size_t begin = i;
    i = end_of_string(text, begin);
    const std::size_t next = text.find_first_not_of(kJsonBlanks, i + 1);
    if (next == std::string_view::npos || text[next] != ':') continue;
    std::string name(boost::json::parse(text.substr(begin, i + 1 - begin)).get_string());
    if (!open.back().insert(name).second) return name;
  }
  return "";
}

}  // namespace

Result<boost::json::value> parse_json(std::string_view text, std::size_t depth) {
  boost::json::parse_options options;
  options.max_depth = depth;
  boost::json::stream_parser parser({}, options);
  boost::system::error_code error;
  const std::size_t read = parser.write_some(text.data(), text.size(), error);
  if (!error) parser.finish(error);
  if (!error && text.find_first_not_of(kJsonBlanks, read) != std::string_view::npos) {
    error = boost::json::error::extra_data;
  }
  if (error) return fail(Errc::kInvalid, "{} (after {} bytes of {})", error.message(), read, text.size());
  auto value = parser.release();
  Contents found;
  look(value, found);
  if (!found.finite) return fail(Errc::kInvalid, "a number is too large");
  // The parser keeps one of two members with the same name.
  if (found.members != json_size(text).members) {
    return fail(Errc::kInvalid, "an object has the member \"{}\" twice", shown(repeated_name(text), kNameInError));
  }
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
