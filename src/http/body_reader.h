// BodyReader: the body of a response or request, as its head frames it: by length, in chunks, or (of a response) to the
// end of the connection.
//
// Bodies with a length are received straight into the caller's memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "core/task.h"
#include "http/chunk_decoder.h"
#include "http/request_head.h"
#include "http/response_head.h"
#include "net/byte_stream.h"

namespace larder::http {

class BodyReader {
 public:
  /// `already_read`: what came behind the head (HeadBuffer::unread() after consume()); it must live until it is read,
  /// and `stream` as long as this. `head` is not kept. `head_request`: the answer to HEAD, which has no body.
  BodyReader(net::ByteStream& stream, const ResponseHead& head, std::span<const std::byte> already_read,
             bool head_request);
  /// The body of a request.
  BodyReader(net::ByteStream& stream, const RequestHead& head, std::span<const std::byte> already_read);

  /// Some bytes of the body; 0: it ended properly. REQUIRES: `into` is not empty.
  /// Errors: kTimeout, kCancelled; kUnavailable ("the body was cut off after N of M bytes"); kCorrupt (bad chunks).
  Task<Result<std::size_t>> read(std::span<std::byte> into);

  /// The body's length if the head told it; 0 if there is none.
  std::optional<std::uint64_t> length() const { return length_; }
  /// False: the connection's end is the body's, and whether it is the proper one cannot be told.
  bool has_sure_end() const { return framing_ != Framing::kToEnd; }
  /// Its last byte, and what ends it, have been read.
  bool ended() const { return ended_; }
  std::uint64_t bytes_read() const { return bytes_read_; }
  /// True once the body has ended and the connection may carry another request.
  bool reusable() const { return ended_ && keep_alive_ && early_.empty(); }
  /// What was received and is not of the body: once it has ended, the next message begins with it. In the memory of
  /// `already_read`, or of this.
  std::span<const std::byte> left() const { return early_; }

 private:
  enum class Framing { kLength, kChunked, kToEnd };
  static constexpr std::size_t kFramingBuffer = 4096;

  Task<Result<std::size_t>> read_raw(std::span<std::byte> into);
  Task<Result<std::size_t>> read_chunked(std::span<std::byte> into);
  std::unexpected<Error> cut_off() const;

  net::ByteStream& stream_;
  std::span<const std::byte> early_;  // received, not yet used: of the caller's memory, or of framing_
  Framing framing_ = Framing::kLength;
  std::optional<std::uint64_t> length_;
  std::uint64_t bytes_read_ = 0;
  bool keep_alive_;
  bool ended_ = false;
  ChunkDecoder chunks_;
  std::unique_ptr<std::byte[]> framing_bytes_;  // chunked only: where framing is received
};

}  // namespace larder::http
