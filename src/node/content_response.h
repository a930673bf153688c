// What a client is answered for an object: which status, and which part of it.
//
// Threads    pure functions.
// Source     RFC 9110 13 and 14.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/clock.h"
#include "http/range.h"
#include "http/request_head.h"

namespace larder::node {

/// The version of the object that is at hand.
struct Representation {
  std::string_view etag;           // empty: none
  std::string_view last_modified;  // empty: none
  bool has_strong_date = false;    // no other version can have this last_modified
  std::uint64_t total = 0;         // cache::kUnknownTotal: not known yet
};

struct ContentResponse {
  enum class Kind { kWhole, kPart, kNotModified, kNotSatisfiable, kUntold };  // kUntold: only the length will tell
  Kind kind = Kind::kWhole;
  http::ByteRange bytes;    // of kWhole and kPart; the former ends at kUnknownTotal if the length is not known
  std::uint64_t total = 0;  // Representation::total

  int status() const;
};

/// `now` is only for dates of two digits.
ContentResponse content_response(const http::RequestHead& head, const Representation& object, WallTime now);

}  // namespace larder::node
