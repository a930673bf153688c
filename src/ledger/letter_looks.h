// What single characters look like to somebody who reads Latin letters, and of which script they are.
//
// Source     Unicode Technical Standard 39, confusables.txt of Unicode 15; docs/decisions/0016-look-alikes.md.
#pragma once

#include <string>
#include <string_view>

namespace larder::ledger {

constexpr std::string_view kLatin = "Latin";
constexpr std::string_view kEastAsian = "Han, Kana or Hangul";

/// The Latin letters that a character looks like and is not; "": none.
std::string latin_of(char32_t point);

/// The sign of ASCII that another one looks like: a dash, a dot, a slash. '\0': none.
char plain_sign(char32_t point);

/// "Cyrillic"; "another" is any that is seldom taken for Latin; "": it is of no script. `is_latin_looking`: latin_of()
/// knows it.
std::string_view script_of(char32_t point, bool is_latin_looking);

}  // namespace larder::ledger
