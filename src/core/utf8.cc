#include "core/utf8.h"

#include <cstddef>

namespace larder {
namespace {

// The bytes that follow the first one of a UTF-8 character and the bounds of the second (RFC 3629); length 0: it is no
// first byte.
struct Lead {
  std::size_t following = 0;
  unsigned char least = 0x80;
  unsigned char most = 0xbf;
  bool valid = true;
};

Lead lead_of(unsigned char byte) {
  if (byte < 0x80) return {0};
  if (byte >= 0xc2 && byte <= 0xdf) return {1};
  if (byte == 0xe0) return {2, 0xa0};
  if (byte == 0xed) return {2, 0x80, 0x9f};  // no surrogates
  if (byte >= 0xe1 && byte <= 0xef) return {2};
  if (byte == 0xf0) return {3, 0x90};
  if (byte >= 0xf1 && byte <= 0xf3) return {3};
  if (byte == 0xf4) return {3, 0x80, 0x8f};
  return {0, 0, 0, false};
}

}  // namespace

bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const Lead lead = lead_of(static_cast<unsigned char>(text[i]));
    if (!lead.valid || lead.following > text.size() - i - 1) return false;
    for (std::size_t n = 1; n <= lead.following; ++n) {
      const auto byte = static_cast<unsigned char>(text[i + n]);
      if (byte < (n == 1 ? lead.least : 0x80) || byte > (n == 1 ? lead.most : 0xbf)) return false;
    }
    i += lead.following;
  }
  return true;
}

}  // namespace larder
