#include "core/code_points.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "core/code_point_spans.h"

namespace larder {
namespace {

struct Span {
  char32_t first;
  char32_t last;
};

// With letters and signs that are drawn as blanks. Of category Cf those are left out that are seen: signs of numbers
// and verses that are written around digits.
constexpr std::array kInvisible = {
    Span{0x00AD, 0x00AD},   Span{0x034F, 0x034F},   Span{0x061C, 0x061C},   Span{0x070F, 0x070F},
    Span{0x115F, 0x1160},   Span{0x17B4, 0x17B5},   Span{0x180B, 0x180F},   Span{0x200B, 0x200F},
    Span{0x2028, 0x202E},   Span{0x2060, 0x206F},   Span{0x2800, 0x2800},   Span{0x3164, 0x3164},
    Span{0xFDD0, 0xFDEF},   Span{0xFE00, 0xFE0F},   Span{0xFEFF, 0xFEFF},   Span{0xFFA0, 0xFFA0},
    Span{0xFFF0, 0xFFFB},   Span{0x13430, 0x1343F}, Span{0x13441, 0x13442}, Span{0x1BCA0, 0x1BCA3},
    Span{0x1D159, 0x1D159}, Span{0x1D173, 0x1D17A}, Span{0xE0000, 0xE0FFF}};

constexpr std::array kBlanks = {Span{0x09, 0x0D},     Span{0x20, 0x20},     Span{0x85, 0x85},     Span{0xA0, 0xA0},
                                Span{0x1680, 0x1680}, Span{0x2000, 0x200A}, Span{0x2028, 0x2029}, Span{0x202F, 0x202F},
                                Span{0x205F, 0x205F}, Span{0x3000, 0x3000}};

template <std::size_t N>
bool is_in(const std::array<Span, N>& spans, char32_t point) {
  return std::ranges::any_of(spans, [point](Span span) { return point >= span.first && point <= span.last; });
}

/// Whether an odd number of `bounds`, where spans begin and end in turn, are not after `point`.
template <std::size_t N>
bool is_within(const std::array<char32_t, N>& bounds, char32_t point) {
  return (std::ranges::upper_bound(bounds, point) - bounds.begin()) % 2 == 1;
}

}  // namespace

bool is_control(char32_t point) { return point < 0x20 || (point >= 0x7F && point < 0xA0); }

bool is_invisible(char32_t point) { return (point & 0xFFFE) == 0xFFFE || is_in(kInvisible, point); }

bool is_unprintable(char32_t point) { return is_control(point) || (is_invisible(point) && !is_joiner(point)); }

bool is_unknown(char32_t point) { return is_within(kUnknownSpans, point); }

bool is_mark(char32_t point) { return is_within(kMarkSpans, point); }

bool is_joiner(char32_t point) { return point == 0x200C || point == 0x200D || point == 0xFE0E || point == 0xFE0F; }

bool is_blank(char32_t point) { return is_in(kBlanks, point); }

}  // namespace larder
