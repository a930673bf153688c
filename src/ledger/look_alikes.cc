#include "ledger/look_alikes.h"

#include <algorithm>
#include <boost/json/object.hpp>
#include <cstddef>
#include <map>
#include <string>

#include "core/code_points.h"
#include "core/utf8.h"
#include "ledger/letter_looks.h"

namespace larder::ledger {
namespace {

void note_script(std::vector<std::string_view>& scripts, std::string_view script) {
  if (std::ranges::find(scripts, script) == scripts.end()) scripts.push_back(script);
}

// Word: the letters between two blanks or signs.
struct Word {
  std::vector<std::string_view> scripts;
  std::size_t letters = 0;
  bool is_false = false;    // some look like Latin ones, and are not
  bool is_foreign = false;  // some are taken for Latin by nobody

  bool has(std::string_view script) const { return std::ranges::find(scripts, script) != scripts.end(); }
  /// "ABC株式会社" deceives nobody.
  bool is_mixed() const { return scripts.size() > (has(kLatin) && has(kEastAsian) ? 2U : 1U); }
  bool is_plain_latin() const { return !is_false && scripts.size() == 1 && has(kLatin); }
  bool reads_as_latin() const { return is_false && !is_foreign; }
};

// Reading: a text as somebody who knows Latin letters reads it.
class Reading {
 public:
  void take(char32_t point, std::string_view bytes) {
    if (is_blank(point)) return take_blank(point);
    // Names of before the gate refused it: whoever reads them sees nothing, or a box.
    if (is_invisible(point) || is_unknown(point)) {
      told_ |= !after_foreign_;
      return;
    }
    if (is_mark(point)) return take_mark(bytes);
    const std::string latin = latin_of(point);
    const std::string_view script = script_of(point, !latin.empty());
    if (script.empty()) {
      take_sign(point, bytes);
    } else {
      take_letter(script, latin, bytes);
    }
    after_blank_ = false;
  }

  std::optional<LookAlike> result() && {
    end_piece();
    told_ |= has_odd_blank_ && longest_.empty();
    told_ |= std::ranges::any_of(false_words_, [this](const Word& word) { return !is_excused(word); });
    if (!told_) return std::nullopt;
    std::ranges::sort(seen_.scripts);
    return std::move(seen_);
  }

 private:
  /// All blanks look like one.
  void take_blank(char32_t point) {
    has_odd_blank_ |= point != ' ' || after_blank_;
    if (!after_blank_) seen_.looks_like += ' ';
    after_blank_ = true;
    end_piece();
  }

  /// A mark is part of many scripts. On a Latin letter it is easily missed, and one that belongs there has a letter of
  /// its own ("ü").
  void take_mark(std::string_view bytes) {
    if (after_foreign_) {
      seen_.looks_like += bytes;
    } else if (last_.empty() || last_ == kLatin) {
      told_ = true;
    } else {
      word_.is_false = true;
    }
  }

  /// Between blanks a dash is a dash; within a name it passes for a hyphen.
  void take_sign(char32_t point, std::string_view bytes) {
    const char plain = plain_sign(point);
    if (plain == '\0') {
      seen_.looks_like += bytes;
    } else {
      seen_.looks_like += plain;
      told_ |= !after_blank_ && (last_.empty() || last_ == kLatin);
    }
    end_word();
  }

  void take_letter(std::string_view script, const std::string& latin, std::string_view bytes) {
    seen_.looks_like += latin.empty() ? bytes : std::string_view(latin);
    note_script(seen_.scripts, script);
    note_script(word_.scripts, script);
    ++word_.letters;
    after_foreign_ = latin.empty() && script != kLatin;
    word_.is_foreign |= after_foreign_;
    word_.is_false |= !latin.empty();
    last_ = script;
  }

  void end_word() {
    told_ |= word_.is_mixed();
    if (word_.reads_as_latin()) false_words_.push_back(word_);
    piece_has_false_ |= word_.reads_as_latin();
    piece_has_latin_ |= word_.is_plain_latin();
    if (word_.is_foreign) {
      for (const std::string_view script : word_.scripts) {
        if (script != kLatin) longest_[script] = std::max(longest_[script], word_.letters);
      }
    }
    word_ = Word();
    last_ = "";
    after_foreign_ = false;
  }

  /// Of words that a sign joins nobody reads one in another script than the next: "С-Net".
  void end_piece() {
    end_word();
    told_ |= piece_has_false_ && piece_has_latin_;
    piece_has_false_ = piece_has_latin_ = false;
  }

  /// "АО Связь": a word beside it, as long or longer, says in which script both are.
  bool is_excused(const Word& word) const {
    const auto longest = longest_.find(word.scripts.front());
    return longest != longest_.end() && longest->second >= word.letters;
  }

  LookAlike seen_;
  Word word_;
  std::vector<Word> false_words_;
  std::map<std::string_view, std::size_t> longest_;  // letters of the longest word that is plainly of a script
  std::string_view last_;                            // the script of the last letter; "": it was none
  bool told_ = false;
  bool has_odd_blank_ = false;
  bool piece_has_false_ = false;  // what is between two blanks: a word that reads as Latin and is not ...
  bool piece_has_latin_ = false;  // ... and one that is
  bool after_foreign_ = false;    // the last one was a letter that nobody takes for Latin
  bool after_blank_ = true;
};

}  // namespace

std::optional<LookAlike> look_alike(std::string_view text) {
  Reading reading;
  while (!text.empty()) {
    const std::string_view before = text;
    const char32_t point = take_point(text);
    reading.take(point, before.substr(0, before.size() - text.size()));
  }
  return std::move(reading).result();
}

boost::json::array look_alikes(std::initializer_list<std::pair<std::string_view, std::string_view>> texts) {
  boost::json::array found;
  for (const auto& [pointer, text] : texts) {
    const auto seen = look_alike(text);
    if (!seen) continue;
    boost::json::array scripts(seen->scripts.begin(), seen->scripts.end());
    found.push_back(
        boost::json::object{{"pointer", pointer}, {"looks_like", seen->looks_like}, {"scripts", std::move(scripts)}});
  }
  return found;
}

}  // namespace larder::ledger
