// Checks of the two parts of a request that name what is asked for: its target and its Host.
#pragma once

#include <string_view>

namespace larder::http {

/// What is wrong with `target`, which should be in origin-form or absolute-form; nullptr: nothing.
const char* target_problem(std::string_view target);

/// Whether `host` can be a Host: a name or address, perhaps a port. It may be empty.
bool host_is_valid(std::string_view host);

}  // namespace larder::http
