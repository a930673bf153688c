// HeadBuffer: bytes received and not used yet: a head, and what came with it.
//
// Owns       its memory, in two sizes: most heads fit the first, which is all that an idle connection keeps
// (release()).
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace larder::http {

class HeadBuffer {
 public:
  static constexpr std::size_t kFirstSize = 1024;

  /// Never holds more than `limit` bytes.
  explicit HeadBuffer(std::size_t limit) : limit_(limit) {}

  std::string_view unread() const { return {data_.get() + begin_, end_ - begin_}; }
  std::size_t limit() const { return limit_; }
  bool empty() const { return begin_ == end_; }
  /// No room for another byte: the head is too large.
  bool full() const { return end_ - begin_ >= limit_; }

  /// Where to receive more; moves what is unread to the front, or to larger memory, if there is no room behind it.
  /// Views into the buffer are void after this. REQUIRES: !full().
  std::span<std::byte> space();
  void commit(std::size_t bytes) { end_ += bytes; }
  /// Drops the first `bytes`; the memory stays as it is until space() or release().
  void consume(std::size_t bytes);
  /// Frees the larger memory. REQUIRES: empty().
  void release();

 private:
  void grow(std::size_t capacity);

  std::size_t limit_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::unique_ptr<char[]> data_;
};

}  // namespace larder::http
