// The terminal that the program was started on.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"

namespace larder::terminal {

/// Columns of the terminal behind `descriptor`; nullopt if there is none.
std::optional<std::size_t> terminal_width(int descriptor);

/// Prints `prompt` on standard error and reads a line of standard input without showing it. What is typed shows again
/// afterwards, also if a signal ends the program meanwhile. Errors: kUnavailable (standard input is no terminal),
/// kInvalid (its end).
Result<std::string> ask_secret(std::string_view prompt);

}  // namespace larder::terminal
