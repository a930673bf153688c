#include "ledger/text_gate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "core/code_points.h"
#include "core/utf8.h"
#include "ledger/text.h"

namespace larder::ledger {
namespace {

constexpr int kMarksAtMost = 4;  // on one character; scripts that pile them up have no more

bool is_line_mark(char32_t point) { return point == '\n' || point == '\r' || point == '\t'; }

/// What is wrong with one character; nullopt: nothing.
std::optional<std::string> point_problem(char32_t point, TextShape shape) {
  if (point == kNoPoint) return "it is not text in UTF-8";
  const bool one_line = shape == TextShape::kLine;
  if (is_control(point) && (one_line || !is_line_mark(point))) {
    return fmt::format("it holds a control character (U+{:04X}); only printable text is taken", std::uint32_t{point});
  }
  if (one_line && is_unknown(point) && !is_invisible(point)) {
    return fmt::format("it holds what is no character to most (U+{:04X}); write it without", std::uint32_t{point});
  }
  if (shape == TextShape::kSecret || !is_invisible(point)) return std::nullopt;
  if (!one_line && is_joiner(point)) return std::nullopt;
  return fmt::format("it holds a character that nobody sees (U+{:04X}); write it without", std::uint32_t{point});
}

std::optional<std::string> length_problem(std::string_view text, const TextRule& rule) {
  const std::size_t length = character_count(text);
  if (length < rule.least) {
    return length == 0 ? "it must not be empty" : fmt::format("{} characters at least", rule.least);
  }
  if (length > rule.most) return fmt::format("{} characters at most, these are {}", rule.most, length);
  if (rule.bytes > 0 && text.size() > rule.bytes) {
    return fmt::format("{} bytes of UTF-8 at most, these are {}", rule.bytes, text.size());
  }
  return std::nullopt;
}

/// REQUIRES: UTF-8.
std::string_view without_blank_ends(std::string_view text) {
  for (std::string_view rest = text; !rest.empty() && is_blank(take_point(rest));) text = rest;
  std::size_t end = 0;  // of the last character that is no blank
  for (std::string_view rest = text; !rest.empty();) {
    if (!is_blank(take_point(rest))) end = text.size() - rest.size();
  }
  return text.substr(0, end);
}

// OneLine: a text that becomes one of shape kLine, character by character. What is not UTF-8 has no place in it.
class OneLine {
 public:
  void add(char32_t point, std::string_view bytes) {
    if (is_control(point) || is_blank(point)) return add_blank();
    if (is_invisible(point) || is_unknown(point)) return;
    marks_ = is_mark(point) ? marks_ + 1 : 0;
    if (marks_ > kMarksAtMost) {
      has_piles_ = true;
      return;
    }
    if (wants_blank_ && !text_.empty()) text_ += ' ';
    wants_blank_ = false;
    text_ += bytes;
  }
  const std::string& text() const { return text_; }
  /// More marks came for one character than it may have; they were left out.
  bool has_piles() const { return has_piles_; }

 private:
  void add_blank() {
    wants_blank_ = true;
    marks_ = 0;
  }

  std::string text_;
  bool wants_blank_ = false;
  bool has_piles_ = false;
  int marks_ = 0;  // on the last character
};

/// What is wrong with `text`, whose blanks would be right as in `right`.
TextProblem odd_blanks(std::string_view text, std::string right) {
  if (right.empty()) return {"it is blank", std::nullopt};
  const bool at_ends = without_blank_ends(text).size() < text.size();
  return {at_ends ? "it begins or ends with a blank; write it without"
                  : "it holds a blank of another kind, or several in a row; write single ordinary ones",
          std::move(right)};
}

std::optional<TextProblem> line_problem(std::string_view text) {
  OneLine line;
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view before = rest;
    const char32_t point = take_point(rest);
    line.add(point, before.substr(0, before.size() - rest.size()));
  }
  if (line.has_piles()) {
    return TextProblem{fmt::format("more than {} marks are on one character; write fewer", kMarksAtMost), std::nullopt};
  }
  if (line.text() == text) return std::nullopt;
  return odd_blanks(text, line.text());
}

}  // namespace

std::optional<TextProblem> text_problem(std::string_view text, const TextRule& rule) {
  for (std::string_view rest = text; !rest.empty();) {
    if (auto wrong = point_problem(take_point(rest), rule.shape)) return TextProblem{*std::move(wrong), std::nullopt};
  }
  if (auto wrong = length_problem(text, rule)) return TextProblem{*std::move(wrong), std::nullopt};
  if (rule.shape == TextShape::kTyped || rule.shape == TextShape::kSecret) return std::nullopt;
  if (rule.shape == TextShape::kLine) return line_problem(text);
  const std::string_view inner = without_blank_ends(text);
  if (inner.size() == text.size()) return std::nullopt;
  if (inner.empty()) return TextProblem{"it is blank", std::nullopt};
  return TextProblem{"it begins or ends with a blank; write it without", std::string(inner)};
}

std::string as_line(std::string_view text, std::size_t most) {
  OneLine line;
  std::size_t end = 0;
  while (!text.empty() && line.text().size() <= most) {
    end = line.text().size();
    const std::string_view before = text;
    const char32_t point = take_point(text);
    if (point != kNoPoint) line.add(point, before.substr(0, before.size() - text.size()));
  }
  return line.text().size() <= most ? line.text() : line.text().substr(0, end);
}

}  // namespace larder::ledger
