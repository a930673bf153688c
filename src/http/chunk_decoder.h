// ChunkDecoder: the chunked transfer coding, as a value that is fed: no I/O.
//
// Strict about framing, because a length that two programs read differently is how responses are mixed up: CRLF only,
// no sign, at most 16 digits. Chunk extensions and trailers are passed over, in at most kOverheadLimit bytes together
// for one line or trailer part.
//
// Source     RFC 9112 section 7.1.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/result.h"

namespace larder::http {

class ChunkDecoder {
 public:
  static constexpr std::size_t kOverheadLimit = 8 * 1024;

  /// What the bytes fed began with.
  struct Step {
    std::size_t consumed = 0;  // bytes of framing passed over; data that may follow is not consumed
    std::uint64_t data = 0;    // so many bytes of body come next: take them (or a part), then call took()
  };

  /// Passes over framing at the front of `bytes`, until data, the end, or more bytes are needed.
  /// REQUIRES: !ended(). Errors: kCorrupt.
  Result<Step> feed(std::string_view bytes);
  /// So many bytes of body were taken, wherever they came from. REQUIRES: at most remaining().
  void took(std::uint64_t bytes);

  /// Bytes of body that come before the next framing.
  std::uint64_t remaining() const { return remaining_; }
  bool ended() const { return state_ == State::kEnded; }

 private:
  enum class State {
    kSizeFirst,  // first digit of a chunk's size
    kSize,       // further digits
    kExtension,  // up to CR
    kSizeLf,     // LF of the size line
    kData,
    kDataCr,  // CR after the data
    kDataLf,
    kTrailerStart,  // first byte of a trailer line, or the CR that ends all
    kTrailer,       // up to CR
    kTrailerLf,
    kEndLf,
    kEnded
  };

  Result<> next(char byte);
  Result<> next_of_size(char byte);
  Result<> next_of_trailer(char byte);

  State state_ = State::kSizeFirst;
  bool blank_ = false;  // only blanks may come between size and extension
  int digits_ = 0;
  std::uint64_t size_ = 0;
  std::uint64_t remaining_ = 0;
  std::size_t overhead_ = 0;
};

}  // namespace larder::http
