#include "origin/path_pattern.h"

#include <algorithm>

namespace larder::origin {

// Each part between two "*" is taken where it comes first: a later place would leave less of the path for the rest, so
// there is never a reason to go back.
bool PathPattern::matches(std::string_view path) const {
  std::string_view pattern = text_;
  std::size_t star = pattern.find('*');
  if (star == std::string_view::npos) return path == pattern;
  if (!path.starts_with(pattern.substr(0, star))) return false;
  path.remove_prefix(star);
  for (;;) {
    pattern.remove_prefix(star + 1);
    star = pattern.find('*');
    if (star == std::string_view::npos) return path.ends_with(pattern);
    const std::size_t place = path.find(pattern.substr(0, star));
    if (place == std::string_view::npos) return false;
    path.remove_prefix(place + star);
  }
}

Result<PathPattern> parse_path_pattern(std::string_view text) {
  if (text.empty()) {
    return fail(Errc::kInvalid, "a path pattern is empty; it should be such as \"/files/*\", or \"*\" for every path");
  }
  if (text.size() > PathPattern::kLongest) {
    return fail(Errc::kInvalid, "a path pattern has {} characters; it may have {}", text.size(), PathPattern::kLongest);
  }
  if (text.front() != '/' && text.front() != '*') {
    return fail(Errc::kInvalid, "\"{}\" should begin with \"/\", as every path does, or with \"*\"", text);
  }
  if (text.find('?') != std::string_view::npos) {
    return fail(Errc::kInvalid, "\"{}\" has a \"?\"; only the path is compared, so it should end before the query",
                text);
  }
  if (std::ranges::any_of(text, [](char c) { return c <= ' ' || c > '~' || c == '#'; })) {
    return fail(Errc::kInvalid,
                "\"{}\" has a character that no URL has; it should be escaped as in URLs, such as \"%20\"", text);
  }
  return PathPattern(text);
}

bool any_matches(const std::vector<PathPattern>& patterns, std::string_view path) {
  return std::ranges::any_of(patterns, [&](const PathPattern& pattern) { return pattern.matches(path); });
}

}  // namespace larder::origin
