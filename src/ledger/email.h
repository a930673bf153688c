// E-mail addresses, as far as one can tell by looking at them.
#pragma once

#include <string>
#include <string_view>

#include "core/result.h"

namespace larder::ledger {

/// `text` itself if mail could be sent to it: one "@" with something on both sides, no blanks, at most 254 bytes.
/// "admin@localhost" is one. Errors: kInvalid.
larder::Result<std::string> parse_email(std::string_view text);

}  // namespace larder::ledger
