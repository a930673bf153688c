#include "http/chunk_decoder.h"

#include "core/check.h"
#include "http/characters.h"

namespace larder::http {
namespace {

constexpr int kMostDigits = 16;

std::unexpected<Error> fail_chunk(std::string_view what) { return fail(Errc::kCorrupt, "chunked body: {}", what); }

/// Bytes that may stand in an extension or a trailer line.
bool is_text(char c) { return c == '\t' || (static_cast<unsigned char>(c) >= ' ' && c != 0x7f); }

}  // namespace

Result<ChunkDecoder::Step> ChunkDecoder::feed(std::string_view bytes) {
  CHECK(!ended(), "after its end a body has no more bytes");
  Step step;
  while (step.consumed < bytes.size() && remaining_ == 0 && !ended()) {
    TRY_VOID(next(bytes[step.consumed]));
    ++step.consumed;
  }
  step.data = remaining_;
  return step;
}

void ChunkDecoder::took(std::uint64_t bytes) {
  CHECK(bytes <= remaining_, "a chunk has no more bytes than its size says");
  remaining_ -= bytes;
  if (remaining_ == 0 && state_ == State::kData) state_ = State::kDataCr;
}

Result<> ChunkDecoder::next(char byte) {
  if (++overhead_ > kOverheadLimit) return fail_chunk("too many bytes beside the data");
  switch (state_) {
    case State::kSizeFirst:
      size_ = 0;
      digits_ = 0;
      blank_ = false;
      if (hex_value(byte) < 0) return fail_chunk("a chunk has no size");
      [[fallthrough]];
    case State::kSize: return next_of_size(byte);
    case State::kExtension:
      if (byte == '\r') {
        state_ = State::kSizeLf;
      } else if (!is_text(byte)) {
        return fail_chunk("a control byte in a chunk's extension");
      }
      return {};
    case State::kSizeLf:
      if (byte != '\n') return fail_chunk("a CR without LF");
      remaining_ = size_;
      state_ = size_ == 0 ? State::kTrailerStart : State::kData;
      if (size_ > 0) overhead_ = 0;
      return {};
    case State::kData: return fail_chunk("data was not taken");
    case State::kDataCr:
      if (byte != '\r') return fail_chunk("a chunk is longer than its size");
      state_ = State::kDataLf;
      return {};
    case State::kDataLf:
      if (byte != '\n') return fail_chunk("a CR without LF");
      state_ = State::kSizeFirst;
      return {};
    case State::kTrailerStart:
    case State::kTrailer: return next_of_trailer(byte);
    case State::kTrailerLf:
      if (byte != '\n') return fail_chunk("a CR without LF");
      state_ = State::kTrailerStart;
      return {};
    case State::kEndLf:
      if (byte != '\n') return fail_chunk("a CR without LF");
      state_ = State::kEnded;
      return {};
    case State::kEnded: break;
  }
  return fail_chunk("it goes on after its end");
}

Result<> ChunkDecoder::next_of_size(char byte) {
  const int digit = hex_value(byte);
  if (digit >= 0 && !blank_) {
    if (++digits_ > kMostDigits) return fail_chunk("a chunk's size is too large");
    size_ = size_ * 16 + static_cast<std::uint64_t>(digit);
    state_ = State::kSize;
    return {};
  }
  if (byte == '\r') {
    state_ = State::kSizeLf;
  } else if (byte == ';') {
    state_ = State::kExtension;
  } else if (is_blank(byte)) {
    blank_ = true;
  } else {
    return fail_chunk("a chunk's size is no number");
  }
  return {};
}

Result<> ChunkDecoder::next_of_trailer(char byte) {
  if (byte == '\r') {
    state_ = state_ == State::kTrailerStart ? State::kEndLf : State::kTrailerLf;
    return {};
  }
  if (!is_text(byte)) return fail_chunk("a control byte in the trailer");
  state_ = State::kTrailer;
  return {};
}

}  // namespace larder::http
