// Checks of the two parts of a request that name what is asked for: its target and its Host.
#pragma once

#include <string_view>
#include <utility>

namespace larder::http {

/// What is wrong with `target`, which should be in origin-form or absolute-form; nullptr: nothing. Percent escapes in
/// its path and query are not looked at: what they mean is for whoever reads them.
const char* target_problem(std::string_view target);

/// Whether `host` can be a Host: a name or address, perhaps a port. It may be empty.
bool host_is_valid(std::string_view host);

/// "/path" and "query" of "/path?query" and of "http://host/path?query". REQUIRES: no target_problem().
std::pair<std::string_view, std::string_view> path_and_query(std::string_view target);

}  // namespace larder::http
