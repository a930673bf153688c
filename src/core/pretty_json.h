// pretty_json(): JSON for people and programs.
#pragma once

#include <boost/json/value.hpp>
#include <string>

namespace larder {

/// Indented, with its end of line; control characters of any kind are escaped, so that it is safe on a terminal.
std::string pretty_json(const boost::json::value& value);
/// The same without indents, for programs that read line by line.
std::string json_on_one_line(const boost::json::value& value);

}  // namespace larder
