// Passwords that commands ask for: at the terminal, where they are not shown, or of a script.
#pragma once

#include <string>
#include <string_view>

#include "cli/context.h"

namespace larder::cli {

/// The password of `whom`: a line of standard input if `from_input`, else of LARDER_PASSWORD, or asked for. Errors:
/// kUsage.
Result<std::string> read_password(Context& context, std::string_view whom, bool from_input);

/// A new password: a line of standard input if `from_input` (`option` says so), else asked for twice. Errors: kUsage.
Result<std::string> choose_password(Context& context, std::string_view option, bool from_input);

}  // namespace larder::cli
