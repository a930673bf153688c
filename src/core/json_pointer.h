// JSON pointers: where something is in a JSON document. Source: RFC 6901.
#pragma once

#include <string>
#include <string_view>

namespace larder {

/// A member's name as one step of a pointer: "~" and "/" escaped.
inline std::string pointer_step(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace larder
