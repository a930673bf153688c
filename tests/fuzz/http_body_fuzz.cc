// Chunked bodies: however the bytes are cut into pieces, the same body comes out, or the same refusal.
//
// The first byte of the input is the size of the pieces.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "http/chunk_decoder.h"

namespace {

struct Decoded {
  std::string body;
  std::size_t used = 0;
  bool ended = false;
  bool corrupt = false;
  friend bool operator==(const Decoded&, const Decoded&) = default;
};

Decoded decode(std::string_view bytes, std::size_t piece) {
  Decoded decoded;
  larder::http::ChunkDecoder decoder;
  while (decoded.used < bytes.size() && !decoder.ended()) {
    const std::string_view part = bytes.substr(decoded.used, piece);
    const auto step = decoder.feed(part);
    if (!step) {
      decoded.corrupt = true;
      decoded.used = 0;
      return decoded;
    }
    const auto data = std::min<std::uint64_t>(step->data, part.size() - step->consumed);
    decoded.body += part.substr(step->consumed, data);
    decoder.took(data);
    decoded.used += step->consumed + data;
  }
  decoded.ended = decoder.ended();
  return decoded;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Decoded whole = decode(bytes, bytes.size() + 1);
  const Decoded pieces = decode(bytes, std::size_t{data[0]} % 64 + 1);
  if (!(whole == pieces) || whole.body.size() > bytes.size()) std::abort();
  return 0;
}
