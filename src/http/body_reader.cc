#include "http/body_reader.h"

#include <algorithm>
#include <cstring>

#include "core/check.h"

namespace larder::http {
namespace {

/// A server that sends a body all the same, where there is none, or says that there is one.
bool may_send_a_body(const ResponseHead& head, bool head_request) {
  return head_request || head.chunked || head.content_length.value_or(0) > 0;
}

bool has_no_body(const ResponseHead& head, bool head_request) {
  return head_request || head.is_interim() || head.status == 204 || head.status == 304;
}

std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

BodyReader::BodyReader(net::ByteStream& stream, const ResponseHead& head, std::span<const std::byte> already_read,
                       bool head_request)
    : stream_(stream), early_(already_read), keep_alive_(head.keep_alive) {
  if (has_no_body(head, head_request)) {
    length_ = 0;
    // It would be taken for the next response of the connection.
    if (may_send_a_body(head, head_request)) keep_alive_ = false;
  } else if (head.chunked) {
    framing_ = Framing::kChunked;
  } else if (head.content_length) {
    length_ = head.content_length;
  } else {
    framing_ = Framing::kToEnd;
    keep_alive_ = false;
  }
  ended_ = length_ == std::uint64_t{0};
}

BodyReader::BodyReader(net::ByteStream& stream, const RequestHead& head, std::span<const std::byte> already_read)
    : stream_(stream), early_(already_read), keep_alive_(head.keep_alive) {
  if (head.chunked) {
    framing_ = Framing::kChunked;
  } else {
    length_ = head.content_length.value_or(0);
  }
  ended_ = length_ == std::uint64_t{0};
}

Task<Result<std::size_t>> BodyReader::read(std::span<std::byte> into) {
  CHECK(!into.empty(), "a read without room would look like the end");
  if (ended_) co_return std::size_t{0};
  if (framing_ == Framing::kChunked) co_return co_await read_chunked(into);

  if (length_) into = into.first(std::min<std::uint64_t>(into.size(), *length_ - bytes_read_));
  CO_TRY(const std::size_t count, co_await read_raw(into));
  if (count == 0 && length_) co_return cut_off();
  bytes_read_ += count;
  ended_ = count == 0 || bytes_read_ == length_;
  co_return count;
}

/// From what was received early, else from the stream.
Task<Result<std::size_t>> BodyReader::read_raw(std::span<std::byte> into) {
  if (early_.empty()) co_return co_await stream_.read_some(into);
  const std::size_t count = std::min(into.size(), early_.size());
  std::memcpy(into.data(), early_.data(), count);
  early_ = early_.subspan(count);
  co_return count;
}

Task<Result<std::size_t>> BodyReader::read_chunked(std::span<std::byte> into) {
  while (chunks_.remaining() == 0) {
    if (early_.empty()) {
      if (!framing_bytes_) framing_bytes_ = std::make_unique_for_overwrite<std::byte[]>(kFramingBuffer);
      const std::span<std::byte> room(framing_bytes_.get(), kFramingBuffer);
      CO_TRY(const std::size_t count, co_await stream_.read_some(room));
      if (count == 0) co_return cut_off();
      early_ = room.first(count);
    }
    CO_TRY(const auto step, chunks_.feed(as_text(early_)));
    early_ = early_.subspan(step.consumed);
    if (chunks_.ended()) {
      ended_ = true;
      co_return std::size_t{0};
    }
  }
  CO_TRY(const std::size_t count,
         co_await read_raw(into.first(std::min<std::uint64_t>(into.size(), chunks_.remaining()))));
  if (count == 0) co_return cut_off();
  chunks_.took(count);
  bytes_read_ += count;
  co_return count;
}

std::unexpected<Error> BodyReader::cut_off() const {
  if (length_) return fail(Errc::kUnavailable, "the body was cut off after {} of {} bytes", bytes_read_, *length_);
  return fail(Errc::kUnavailable, "the body was cut off after {} bytes", bytes_read_);
}

}  // namespace larder::http
