// read_input(): a file that an option names, or standard input.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "cli/context.h"

namespace larder::cli {

inline constexpr std::string_view kStandardInput = "-";

/// All of `file`; "-" is standard input. Errors: kUsage (it cannot be read, or is larger than that).
Result<std::string> read_input(Context& context, std::string_view option, const std::string& file,
                               std::size_t most_mebibytes);

/// "standard input" of "-".
std::string input_name(const std::string& file);

}  // namespace larder::cli
