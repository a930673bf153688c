// Reading JSON that somebody else sent. Its shape is not trusted: what is not there, or is of another type, reads as
// empty.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <string>
#include <string_view>

namespace larder {

/// The value at `pointer` (RFC 6901); nullptr if there is none.
const boost::json::value* find_at(const boost::json::value& value, std::string_view pointer);
/// A string as it is, a number or a flag in its JSON form, a list joined with ", "; "" of null or nothing.
std::string text_at(const boost::json::value& value, std::string_view pointer);
/// A whole number; 0 of anything else.
std::int64_t number_at(const boost::json::value& value, std::string_view pointer);
bool flag_at(const boost::json::value& value, std::string_view pointer);
/// The list at `pointer`; an empty one if there is none.
const boost::json::array& list_at(const boost::json::value& value, std::string_view pointer);

}  // namespace larder
