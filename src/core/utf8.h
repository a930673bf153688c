// UTF-8: what of the outside world's bytes is text (RFC 3629).
#pragma once

#include <string_view>

namespace larder {

bool is_utf8(std::string_view text);

}  // namespace larder
