// What is checked of a head before Boost.Beast parses it: where it ends, and how its lines end.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace larder::http {

struct HeadScan {
  std::optional<std::size_t> size;  // bytes with the empty line; nullopt: more are needed
  const char* problem = nullptr;    // what is wrong with the lines seen so far
};

/// Looks for the empty line; finds line ends that are not CRLF, NUL bytes and folded lines.
HeadScan scan_head(std::string_view bytes);

}  // namespace larder::http
