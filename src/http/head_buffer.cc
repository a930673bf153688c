#include "http/head_buffer.h"

#include <algorithm>
#include <cstring>

#include "core/check.h"

namespace larder::http {

std::span<std::byte> HeadBuffer::space() {
  CHECK(!full(), "a full buffer has no space: the head is refused");
  if (end_ == capacity_) {
    if (begin_ == 0) {
      grow(capacity_ == 0 ? std::min(kFirstSize, limit_) : limit_);
    } else {
      std::memmove(data_.get(), data_.get() + begin_, end_ - begin_);
      end_ -= begin_;
      begin_ = 0;
    }
  }
  return std::as_writable_bytes(std::span(data_.get() + end_, capacity_ - end_));
}

void HeadBuffer::grow(std::size_t capacity) {
  auto larger = std::make_unique_for_overwrite<char[]>(capacity);
  if (end_ > 0) std::memcpy(larger.get(), data_.get(), end_);
  data_ = std::move(larger);
  capacity_ = capacity;
}

void HeadBuffer::consume(std::size_t bytes) {
  CHECK(bytes <= end_ - begin_, "only what is there can be consumed");
  begin_ += bytes;
  if (begin_ == end_) begin_ = end_ = 0;
}

void HeadBuffer::release() {
  CHECK(empty(), "bytes that are not used yet would be lost");
  if (capacity_ <= kFirstSize) return;
  data_.reset();
  capacity_ = begin_ = end_ = 0;
}

}  // namespace larder::http
