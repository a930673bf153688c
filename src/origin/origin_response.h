// OriginResponse: an origin's answer: its head, and its body as it arrives.
//
// Owns       the connection; it goes back to the pool when the body's end was read, and is closed otherwise.
// Threads    the loop it was made on.
// Cancel     destroy it. REQUIRES: no read() is running.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/clock.h"
#include "core/deadline.h"
#include "core/result.h"
#include "core/stall_guard.h"
#include "core/task.h"
#include "http/body_reader.h"
#include "http/cache_control.h"
#include "http/head_buffer.h"
#include "http/range.h"
#include "http/response_head.h"
#include "origin/connection_pool.h"

namespace larder::origin {

// HopLimits: what the redirects that led to a response say of keeping it: it was had by way of them.
struct HopLimits {
  bool forbidden = false;                         // one of them is private or no-store
  std::optional<std::chrono::seconds> fresh_for;  // no longer than the one that says least

  void add(const http::CacheControl& hop);
};

/// What the head of a response says.
struct ResponseFacts {
  int status = 0;
  const http::FieldList& fields;
  std::optional<std::uint64_t> body_length;         // nothing: it is not told
  std::optional<http::ContentRange> content_range;  // of 206 and 416; nothing if it is missing or malformed
  HopLimits limits = {};

  /// Empty if it is missing.
  std::string_view field(std::string_view name) const { return fields.find(name).value_or(std::string_view()); }
};

class OriginResponse {
 public:
  static constexpr std::size_t kHeadLimit = 32 * 1024;

  struct Patience {
    std::chrono::milliseconds first_byte = std::chrono::seconds(10);
    std::chrono::milliseconds stall = std::chrono::seconds(10);  // without a byte
    StallGuard::Limits slow;
  };

  OriginResponse(ConnectionPool::Lease lease, const Clock& clock, Patience patience);

  /// Sends a request and reads the answer's head, which has to come by `deadline` and within Patience::first_byte;
  /// called once, before everything below. `head_only`: it is a HEAD, and the answer has no body. Errors: kTimeout,
  /// kUnavailable, kInvalid (not HTTP/1).
  Task<Result<>> ask(std::string_view request, bool head_only, Deadline deadline);
  /// After ask() failed: not a byte had come.
  bool nothing_came() const { return buffer_.empty(); }
  bool connection_was_used() const { return lease_.was_used(); }

  /// Valid as long as this.
  ResponseFacts facts() const { return {head_.status, head_.fields, body_->length(), content_range_, limits_}; }
  void limit(const HopLimits& limits) { limits_ = limits; }
  int status() const { return head_.status; }
  const http::FieldList& fields() const { return head_.fields; }
  std::string_view field(std::string_view name) const;
  std::string_view etag() const { return field("ETag"); }
  std::string_view last_modified() const { return field("Last-Modified"); }
  std::string_view content_type() const { return field("Content-Type"); }
  std::string_view location() const { return field("Location"); }

  /// Of 206 and 416; nothing if it is missing or malformed.
  const std::optional<http::ContentRange>& content_range() const { return content_range_; }
  /// Length of the whole object, if this response tells it.
  std::optional<std::uint64_t> total() const;
  /// Bytes that the body will have, if the head tells it.
  std::optional<std::uint64_t> body_length() const { return body_->length(); }
  /// False: an end of the body that comes too early cannot be told from the proper one.
  bool has_sure_end() const { return body_->has_sure_end(); }
  const net::Endpoint& peer() const { return peer_; }

  /// Bytes read; 0 at the body's proper end. Errors: kTimeout (stalled or too slow), kUnavailable (cut off),
  /// kCorrupt (bad chunks). After an error the response is of no further use.
  Task<Result<std::size_t>> read(std::span<std::byte> into);

  /// Its last byte has been read, and what ends it: its connection may carry the next request already.
  bool ended() const { return ended_; }
  /// Reads to the end if that is near (a redirect's few bytes), so that the connection can be kept.
  /// Errors: those of read(); the connection is then closed with this.
  Task<Result<>> discard();

 private:
  ConnectionPool::Lease lease_;
  const Clock& clock_;
  const Patience patience_;
  StallGuard guard_;
  http::HeadBuffer buffer_{kHeadLimit};  // the head, into which head_ points, and the body's bytes that came with it
  http::ResponseHead head_;
  std::optional<http::ContentRange> content_range_;
  std::optional<http::BodyReader> body_;
  HopLimits limits_;
  net::Endpoint peer_;
  SteadyTime discard_until_ = SteadyTime::max();
  bool ended_ = false;
};

}  // namespace larder::origin
