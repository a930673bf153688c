// Percent escapes in URLs: "%2F".
#pragma once

#include <string>
#include <string_view>

#include "core/result.h"

namespace larder::http {

/// `text` with its escapes resolved; "+" stays. Errors: kInvalid (an incomplete escape).
Result<std::string> percent_decode(std::string_view text);
/// Whether every "%" is followed by two hexadecimal digits.
bool percent_escapes_are_whole(std::string_view text);

}  // namespace larder::http
