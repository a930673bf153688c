// PathPattern: of which paths of an origin a content rule says something: "/files/*", "*.cab", "*".
//
// "*" stands for any run of characters, "/" and none at all included; every other character stands for itself, in the
// case in which it is written. There is nothing else to learn, and nothing that a careless pattern could make slow.
//
// Threads    immutable: any thread.
// Cost       matches(): no allocation. At most one comparison of each character of the path with each of the longest
//            part between two "*"; about one look at each character for the patterns that people write.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace larder::origin {

class PathPattern {
 public:
  static constexpr std::size_t kLongest = 256;

  /// `path` is a URL's path as it goes upstream, without the query (Target::path()).
  bool matches(std::string_view path) const;

  const std::string& text() const { return text_; }

 private:
  friend Result<PathPattern> parse_path_pattern(std::string_view text);
  explicit PathPattern(std::string_view text) : text_(text) {}

  std::string text_;
};

/// Errors: kInvalid for what no path can match (it does not begin with "/" or "*", has a query or characters that URLs
/// do not have) and for what is empty or longer than kLongest.
Result<PathPattern> parse_path_pattern(std::string_view text);

bool any_matches(const std::vector<PathPattern>& patterns, std::string_view path);

}  // namespace larder::origin
