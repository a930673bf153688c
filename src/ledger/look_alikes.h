// Look-alikes: names that can be taken for others, because they are written with letters of another script that look
// like Latin ones ("Ехаmple"). They are let in, for most names in other scripts are honest; administrators, who decide
// by reading names, are told.
//
// A name is one if a word of it mixes scripts (Latin letters beside Chinese, Japanese or Korean ones deceive nobody),
// or if all letters of a word that are not Latin look like Latin ones, unless a word as long beside it is plainly of
// the same script ("АО Связь"). Marks on Latin letters ("Exa\u0323mple"), several letters in one character ("\ufb01"),
// dashes in the place of hyphens, odd blanks and what nobody sees count too. That "I", "l" and "1" look alike is not
// looked at.
//
// Source     Unicode Technical Standard 39, confusables.txt of Unicode 15; docs/decisions/0016-look-alikes.md.
#pragma once

#include <boost/json/array.hpp>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace larder::ledger {

struct LookAlike {
  std::string looks_like;                 // in plain Latin letters, as far as there are some for it
  std::vector<std::string_view> scripts;  // of its letters: "Cyrillic", "Latin"
};

/// nullopt: `text` is what it looks like. REQUIRES: UTF-8.
std::optional<LookAlike> look_alike(std::string_view text);

/// Those of `texts` that look like something else, for administrators' eyes: [{"pointer": "/name", "looks_like":
/// "Example", "scripts": ["Cyrillic", "Latin"]}].
boost::json::array look_alikes(std::initializer_list<std::pair<std::string_view, std::string_view>> texts);

}  // namespace larder::ledger
