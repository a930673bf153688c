// What a portal sends through printable() and pretty_json(): nothing that steers a terminal comes out.
#include <cstdint>
#include <string_view>

#include "core/check.h"
#include "core/code_points.h"
#include "core/json.h"
#include "core/pretty_json.h"
#include "core/utf8.h"
#include "terminal/printable.h"

namespace {

using namespace larder;

// Of JSON the line ends are its own.
void check_calm(std::string_view text, bool with_line_ends) {
  while (!text.empty()) {
    const char32_t point = take_point(text);
    CHECK(point != kNoPoint, "bytes that are no UTF-8");
    CHECK(!is_unprintable(point) || (with_line_ends && point == '\n'), "a control character");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  check_calm(terminal::printable(bytes), false);
  CHECK(terminal::display_width(terminal::cut(bytes, 20)) <= 20, "it was cut to 20 columns");

  const auto value = parse_json(bytes);
  if (!value) return 0;
  const std::string text = pretty_json(*value);
  check_calm(text, true);
  CHECK(parse_json(text), "what is printed is no JSON");
  return 0;
}
