#include "portal/text_gate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "core/code_points.h"
#include "core/utf8.h"
#include "portal/text.h"

namespace larder::portal {
namespace {

bool is_line_mark(char32_t point) { return point == '\n' || point == '\r' || point == '\t'; }

/// What is wrong with one character; nullopt: nothing.
std::optional<std::string> point_problem(char32_t point, TextShape shape) {
  if (point == kNoPoint) return "it is not text in UTF-8";
  const bool one_line = shape == TextShape::kLine;
  if (is_control(point) && (one_line || !is_line_mark(point))) {
    return fmt::format("it holds a control character (U+{:04X}); only printable text is taken", std::uint32_t{point});
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

}  // namespace

std::optional<TextProblem> text_problem(std::string_view text, const TextRule& rule) {
  for (std::string_view rest = text; !rest.empty();) {
    if (auto wrong = point_problem(take_point(rest), rule.shape)) return TextProblem{*std::move(wrong), std::nullopt};
  }
  if (auto wrong = length_problem(text, rule)) return TextProblem{*std::move(wrong), std::nullopt};
  if (rule.shape == TextShape::kTyped || rule.shape == TextShape::kSecret) return std::nullopt;
  const std::string_view inner = without_blank_ends(text);
  if (inner.size() == text.size()) return std::nullopt;
  if (inner.empty()) return TextProblem{"it is blank", std::nullopt};
  return TextProblem{"it begins or ends with a blank; write it without", std::string(inner)};
}

std::string as_line(std::string_view text, std::size_t most) {
  std::string line;
  while (!text.empty()) {
    const std::string_view before = text;
    const char32_t point = take_point(text);
    if (point == kNoPoint || (is_invisible(point) && !is_blank(point))) continue;
    const bool blank = is_control(point) || is_blank(point);
    const std::string_view whole = blank ? std::string_view(" ") : before.substr(0, before.size() - text.size());
    if (line.size() + whole.size() > most) break;
    line += whole;
  }
  return std::string(without_blank_ends(line));
}

}  // namespace larder::portal
