// A path pattern and a path, one a line: whatever passes parse_path_pattern() says the same as its meaning spelt out.
#include <cstdint>
#include <string_view>
#include <vector>

#include "core/check.h"
#include "origin/path_pattern.h"

namespace larder::origin {
namespace {

// Spelling it out costs their product.
constexpr std::size_t kLongestPath = 128;

/// places[n] says whether what was read of the pattern matches the first n characters of the path.
bool matches_by_table(std::string_view pattern, std::string_view path) {
  std::vector<bool> places(path.size() + 1, false);
  places[0] = true;
  for (const char c : pattern) {
    std::vector<bool> next(path.size() + 1, false);
    for (std::size_t n = 0; n <= path.size(); ++n) {
      next[n] = c == '*' ? places[n] || (n > 0 && next[n - 1]) : n > 0 && places[n - 1] && path[n - 1] == c;
    }
    places = std::move(next);
  }
  return places.back();
}

}  // namespace
}  // namespace larder::origin

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace larder;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::size_t end = bytes.find('\n');
  const auto pattern = origin::parse_path_pattern(bytes.substr(0, end));
  if (!pattern) return 0;
  CHECK(pattern->text() == bytes.substr(0, end), "a pattern that is not the text it was read from");
  const std::string_view path = end == std::string_view::npos ? std::string_view() : bytes.substr(end + 1);
  const bool matches = pattern->matches(path);
  if (path.size() > origin::kLongestPath) return 0;
  CHECK(matches == origin::matches_by_table(pattern->text(), path), "a pattern that does not match what it means");
  return 0;
}
