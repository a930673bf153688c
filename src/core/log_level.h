// Level: how much a line of a log matters.
#pragma once

#include <string_view>

#include "core/result.h"

namespace larder {

enum class Level { kDebug, kInfo, kWarning, kError };

std::string_view to_string(Level level);
/// "debug", "info", "warning", "error". Errors: kInvalid.
Result<Level> parse_level(std::string_view text);

}  // namespace larder
