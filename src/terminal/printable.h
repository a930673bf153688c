// printable(): text of others, made safe for a terminal. What a portal sends could hold escape sequences that move the
// cursor, set the title or turn the direction of writing; everything that `larder` prints goes through here.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace larder::terminal {

/// `text` on one line: control characters (C0, DEL, C1), what nobody sees or what turns the direction of writing, and
/// bytes that are no UTF-8 are written out as "\x1b" or "\u202e".
std::string printable(std::string_view text);

/// Columns that `text` takes on a terminal: 2 for wide East Asian characters and emoji, 0 for combining marks.
std::size_t display_width(std::string_view text);

/// The words of `text` in lines of at most `width` columns. A longer word has a line of its own: in ASCII it is a key
/// or an address and stays whole, so that it can be copied; elsewhere it is a sentence without blanks and is broken. At
/// least one line. Cost: as long as `text` is.
std::vector<std::string> wrap(std::string_view text, std::size_t width);

/// `text`, or as much of it as fits into `width` columns with an ellipsis.
std::string cut(std::string_view text, std::size_t width);

}  // namespace larder::terminal
