// shown(): text of strangers in a line that people read: of a log, of a problem.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace larder {

/// `text` such that it can neither hide nor rearrange what stands beside it: what controls or is not seen is written as
/// its code point ("\u{202E}"), as are bytes that are no UTF-8 ("\x{FF}"). Of a text of more than `most` bytes its
/// beginning, and "...".
std::string shown(std::string_view text, std::size_t most);

}  // namespace larder
