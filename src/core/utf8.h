// UTF-8: what of the outside world's bytes is text, and its characters one by one (RFC 3629).
#pragma once

#include <string_view>

namespace larder {

/// What take_point() gives for a byte that is not UTF-8.
inline constexpr char32_t kNoPoint = 0xFFFFFFFF;

/// Takes the first character off `text` and returns its code point; of what is not UTF-8 it takes one byte and returns
/// kNoPoint. REQUIRES: `text` is not empty.
char32_t take_point(std::string_view& text);

bool is_utf8(std::string_view text);

}  // namespace larder
