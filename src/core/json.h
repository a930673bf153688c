// parse_json(): JSON from outside.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstddef>
#include <string_view>

#include "core/result.h"

namespace larder {

/// Lists and objects within each other, more than anybody needs and too few to use up a stack.
constexpr std::size_t kJsonDepth = 32;

/// `text` as RFC 8259 has it, in UTF-8. Errors: kInvalid with the byte where it went wrong; also for what is nested
/// more than `depth` deep, for a number that no double holds (9e999): it could not be written as JSON again, and for an
/// object with two members of one name, of which each program may take another one.
Result<boost::json::value> parse_json(std::string_view text, std::size_t depth = kJsonDepth);
/// The same of a text that must be an object.
Result<boost::json::object> parse_json_object(std::string_view text, std::size_t depth = kJsonDepth);

// JsonSize: how much a text holds, at most, if it is JSON.
struct JsonSize {
  std::size_t values = 0;   // texts, numbers, lists, objects ... within each other
  std::size_t members = 0;  // names in objects
};

/// Looks at every byte and keeps nothing: before parsing, which takes many times the memory of a text like "[1,1,1".
JsonSize json_size(std::string_view text);

}  // namespace larder
