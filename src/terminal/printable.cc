#include "terminal/printable.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>

#include "core/code_points.h"
#include "core/utf8.h"

namespace larder::terminal {
namespace {

struct Span {
  char32_t first;
  char32_t last;
};

// Marks that are written onto the character before them, and joiners. Source: Unicode 15, categories Mn and Me of the
// scripts that names are written in.
constexpr std::array kNarrowest = {
    Span{0x0300, 0x036F},  Span{0x0483, 0x0489}, Span{0x0591, 0x05BD}, Span{0x05BF, 0x05BF}, Span{0x05C1, 0x05C2},
    Span{0x0610, 0x061A},  Span{0x064B, 0x065F}, Span{0x0670, 0x0670}, Span{0x06D6, 0x06DC}, Span{0x0900, 0x0902},
    Span{0x093C, 0x093C},  Span{0x0941, 0x0948}, Span{0x094D, 0x094D}, Span{0x0E31, 0x0E31}, Span{0x0E34, 0x0E3A},
    Span{0x0E47, 0x0E4E},  Span{0x1AB0, 0x1AFF}, Span{0x1DC0, 0x1DFF}, Span{0x200B, 0x200D}, Span{0x20D0, 0x20F0},
    Span{0x302A, 0x302D},  Span{0x3099, 0x309A}, Span{0xFE00, 0xFE0F}, Span{0xFE20, 0xFE2F}, Span{0xFEFF, 0xFEFF},
    Span{0xE0100, 0xE01EF}};

// East Asian wide and full-width characters, and emoji. Source: Unicode 15, EastAsianWidth.txt, neighbours joined.
constexpr std::array kWide = {
    Span{0x1100, 0x115F},   Span{0x231A, 0x231B},   Span{0x2329, 0x232A},   Span{0x23E9, 0x23EC},
    Span{0x25FD, 0x25FE},   Span{0x2614, 0x2615},   Span{0x2648, 0x2653},   Span{0x26A1, 0x26A1},
    Span{0x26BD, 0x26BE},   Span{0x2705, 0x2705},   Span{0x2728, 0x2728},   Span{0x274C, 0x274C},
    Span{0x2753, 0x2757},   Span{0x2795, 0x2797},   Span{0x2B1B, 0x2B1C},   Span{0x2E80, 0x303E},
    Span{0x3041, 0xA4CF},   Span{0xA960, 0xA97F},   Span{0xAC00, 0xD7A3},   Span{0xF900, 0xFAFF},
    Span{0xFE30, 0xFE6F},   Span{0xFF00, 0xFF60},   Span{0xFFE0, 0xFFE6},   Span{0x16FE0, 0x18CFF},
    Span{0x1B000, 0x1B2FF}, Span{0x1F300, 0x1F64F}, Span{0x1F680, 0x1F6FF}, Span{0x1F900, 0x1FAFF},
    Span{0x20000, 0x3FFFD}};

template <std::size_t N>
bool is_in(const std::array<Span, N>& spans, char32_t point) {
  return std::ranges::any_of(spans, [point](Span span) { return point >= span.first && point <= span.last; });
}

std::size_t width_of(char32_t point) {
  if (is_in(kNarrowest, point)) return 0;
  return is_in(kWide, point) ? 2 : 1;
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::string_view rest = text;
    const char32_t point = take_point(text);
    if (point == kNoPoint) {
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned char>(rest.front()));
    } else if (!is_unprintable(point)) {
      out += rest.substr(0, rest.size() - text.size());
    } else if (point == '\n') {
      out += "\\n";
    } else if (point == '\t') {
      out += ' ';
    } else {
      const std::uint32_t number = point;
      out += point < 0x80 ? fmt::format("\\x{:02x}", number) : fmt::format("\\u{:04x}", number);
    }
  }
  return out;
}

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) width += width_of(take_point(text));
  return width;
}

namespace {

// Takes as much off `text` as fits into `width` columns, two at least: of one wide character.
std::string_view take_columns(std::string_view& text, std::size_t width) {
  const std::string_view all = text;
  std::size_t used = 0;
  for (std::string_view rest = text; !rest.empty(); text = rest) {
    used += width_of(take_point(rest));
    if (used > std::max<std::size_t>(width, 2)) break;
  }
  return all.substr(0, all.size() - text.size());
}

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](unsigned char c) { return c < 0x80; });
}

}  // namespace

// What is measured once is kept: a line may be all of a list of ten thousand blocks.
std::vector<std::string> wrap(std::string_view text, std::size_t width) {
  std::vector<std::string> lines(1);
  std::size_t used = 0;  // columns of the last line
  while (!text.empty()) {
    std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    std::size_t columns = display_width(word);
    if (!lines.back().empty()) {
      if (used + 1 + columns <= width) {
        lines.back() += ' ';
        ++used;
      } else {
        lines.emplace_back();
        used = 0;
      }
    }
    while (columns > width && width > 0 && !is_ascii(word)) {
      const std::string_view taken = take_columns(word, width);
      columns -= display_width(taken);
      lines.back() += taken;
      lines.emplace_back();
    }
    lines.back() += word;
    used += columns;
  }
  return lines;
}

std::string cut(std::string_view text, std::size_t width) {
  if (display_width(text) <= width) return std::string(text);
  std::string_view rest = text;
  std::size_t used = 0;
  std::string_view fitting;
  while (!rest.empty()) {
    used += width_of(take_point(rest));
    if (used + 1 > width) break;
    fitting = text.substr(0, text.size() - rest.size());
  }
  return std::string(fitting) + "\u2026";
}

}  // namespace larder::terminal
