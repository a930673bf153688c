#include "http/head_scan.h"

#include <cstring>

#include "http/characters.h"

namespace larder::http {
namespace {

bool has_byte(std::string_view text, char byte) { return std::memchr(text.data(), byte, text.size()) != nullptr; }

}  // namespace

HeadScan scan_head(std::string_view bytes) {
  std::size_t begin = 0;
  while (begin < bytes.size()) {
    const auto end = bytes.find('\n', begin);
    std::string_view line = bytes.substr(begin, end == std::string_view::npos ? end : end - begin);
    const bool whole = end != std::string_view::npos;
    if (whole && !line.ends_with('\r')) return {std::nullopt, "a line ends without CR"};
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (has_byte(line, '\r')) return {std::nullopt, "there is a CR inside a line"};
    if (has_byte(line, '\0')) return {std::nullopt, "there is a NUL byte in the head"};
    if (begin > 0 && !line.empty() && is_blank(line.front())) return {std::nullopt, "a header line is folded"};
    if (!whole) return {};
    begin = end + 1;
    if (line.empty()) return {begin, nullptr};
  }
  return {};
}

}  // namespace larder::http
