// The gate for text from outside: names, notes, addresses, query parameters, claims of sign-in providers, whatever
// brings them. What comes through is UTF-8 without control characters and without characters that nobody sees, so that
// what is stored, shown, exported and logged reads as what it is. A name has besides one kind of blank, one at a time,
// only code points that are characters, and no piles of marks: or there would be several that look the same.
//
// Two names that only look the same (Latin and Cyrillic "a") are both let in: ledger/look_alikes.h tells
// administrators.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace larder::ledger {

enum class TextShape {
  kLine,    // what people read in one line, such as a name: ordinary blanks, single ones, none at its ends
  kLines,   // the same in several lines: line ends, tabs and joiners of characters are part of it
  kTyped,   // what is looked for, compared or parsed: as kLines, and blanks at its ends do no harm
  kSecret,  // what is never shown, such as a password: only control characters are refused
};

struct TextRule {
  std::size_t least = 0;   // characters
  std::size_t most = 200;  // characters
  TextShape shape = TextShape::kLine;
  std::size_t bytes = 0;  // at most; 0: as many as the characters may have
};

struct TextProblem {
  std::string detail;                     // what is wrong and what would be right
  std::optional<std::string> suggestion;  // what may stand there instead
};

/// nullopt: the text may come in.
std::optional<TextProblem> text_problem(std::string_view text, const TextRule& rule);

/// At most `most` bytes of UTF-8 `text`, made such that it comes through as a line: for names that nobody here can be
/// asked to correct. Control characters and blanks become single blanks; what nobody sees or knows goes.
std::string as_line(std::string_view text, std::size_t most);

}  // namespace larder::ledger
