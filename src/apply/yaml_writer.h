// yaml_text(): JSON written as YAML, for people to read and edit. parse_yaml() reads it as the same.
#pragma once

#include <boost/json/value.hpp>
#include <string>

namespace larder::apply {

/// Safe on a terminal. Lists and objects in block style; a text is in quotes where YAML, of whichever version, could
/// take it for something else.
std::string yaml_text(const boost::json::value& value);

}  // namespace larder::apply
