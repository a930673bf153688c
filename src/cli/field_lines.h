// How commands tell what is wrong with the members of what they sent: a line each, and one for all of a list that are
// wrong in the same way.
#pragma once

#include <boost/json/array.hpp>
#include <string>
#include <vector>

#include "cli/request_body.h"
#include "client/failure.h"

namespace larder::cli {

/// The last line if the portal does not list all of it.
inline constexpr const char* kMoreErrors = "More is wrong than is listed here.";

/// "--cidr 2.21.234.0/33: the prefix length is at most 32 (try 2.21.234.0/32)".
std::string field_line(const RequestBody& body, const client::FieldError& error);

/// In the order of `errors`; four and more are told as one: "48 blocks lie within 5.5.0.0/16, which is listed too:
/// --cidr 5.5.0.0/24 and 47 more".
std::vector<std::string> field_lines(const RequestBody& body, const std::vector<client::FieldError>& errors);

/// The same for programs: a list of objects with pointer, option, detail and suggestion.
boost::json::array field_json(const RequestBody& body, const std::vector<client::FieldError>& errors);

}  // namespace larder::cli
