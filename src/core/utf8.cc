#include "core/utf8.h"

#include <cstddef>

namespace larder {
namespace {

// How many bytes a character has, by its first one; length 0: no character begins like that.
struct Shape {
  std::size_t length;
  char32_t least;  // smaller ones in so many bytes are overlong
  unsigned char mask;
};

Shape shape_of(unsigned char first) {
  if (first < 0x80) return {1, 0, 0x7F};
  if (first >= 0xC2 && first < 0xE0) return {2, 0x80, 0x1F};
  if (first >= 0xE0 && first < 0xF0) return {3, 0x800, 0x0F};
  if (first >= 0xF0 && first < 0xF5) return {4, 0x10000, 0x07};
  return {0, 0, 0};
}

char32_t decode(std::string_view text, const Shape& shape) {
  if (shape.length == 0 || text.size() < shape.length) return kNoPoint;
  char32_t point = static_cast<unsigned char>(text[0]) & shape.mask;
  for (std::size_t i = 1; i < shape.length; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte & 0xC0) != 0x80) return kNoPoint;
    point = (point << 6) | (byte & 0x3F);
  }
  const bool is_surrogate = point >= 0xD800 && point <= 0xDFFF;
  return point < shape.least || point > 0x10FFFF || is_surrogate ? kNoPoint : point;
}

}  // namespace

char32_t take_point(std::string_view& text) {
  const Shape shape = shape_of(static_cast<unsigned char>(text.front()));
  const char32_t point = decode(text, shape);
  text.remove_prefix(point == kNoPoint ? 1 : shape.length);
  return point;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    if (take_point(text) == kNoPoint) return false;
  }
  return true;
}

}  // namespace larder
