#include "core/shown.h"

#include <fmt/format.h>

#include <cstdint>

#include "core/code_points.h"
#include "core/utf8.h"

namespace larder {

std::string shown(std::string_view text, std::size_t most) {
  std::string line;
  while (!text.empty()) {
    const std::string_view before = text;
    const char32_t point = take_point(text);
    std::string_view whole = before.substr(0, before.size() - text.size());
    std::string escaped;
    if (point == kNoPoint) {
      escaped = fmt::format("\\x{{{:02X}}}", static_cast<std::uint8_t>(before.front()));
    } else if (is_control(point) || is_invisible(point)) {
      escaped = fmt::format("\\u{{{:04X}}}", std::uint32_t{point});
    }
    if (!escaped.empty()) whole = escaped;
    if (line.size() + whole.size() > most) return line + "...";
    line += whole;
  }
  return line;
}

}  // namespace larder
