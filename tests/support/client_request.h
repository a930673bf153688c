// ClientRequest: one request as a client of a cache sent it, read apart from src/.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "support/audit_terms.h"
#include "support/message_head.h"
#include "support/origin_script.h"

namespace larder::support {

// AskedRange: what a Range field asks for, before anybody knows how long the object is.
struct AskedRange {
  bool suffix = false;      // the last `end` bytes
  std::uint64_t begin = 0;  // half open, as far as 64 bits go
  std::uint64_t end = 0;

  /// Its part of an object of `size` bytes; empty if it has none there.
  OriginRange of(std::uint64_t size) const;
};

/// Nothing if `text` is not one single range of bytes (RFC 9110 14.1.2).
std::optional<AskedRange> parse_asked_range(std::string_view text);

struct ClientRequest {
  std::string method = "GET";
  Url url;  // without a host it names no origin
  std::vector<Field> fields;
  bool readable = true;  // false: it is no HTTP, and only an error of the cache's own can answer it

  std::string_view field(std::string_view name) const;  // the last of that name; empty: there is none
  bool is_head() const { return method == "HEAD"; }
  /// Of a GET with one range; nothing if all is asked for.
  std::optional<AskedRange> range() const;
  /// If-None-Match or If-Modified-Since.
  bool is_conditional() const;
  /// Whether a client with that condition has this version (RFC 9110 13.1.2, 13.1.3).
  bool has(const OriginObject& object) const;
  /// Whether If-Range, if there is one, is for this version (RFC 9110 13.1.5).
  bool range_is_for(const OriginObject& object) const;
};

/// `head` without its empty line. The origin is the last cacheHostOrigin of the query, which it is taken out of, or the
/// host of an absolute target, or `Host`, unless that is an address.
ClientRequest parse_client_request(std::string_view head);

/// The name of the origin that an authority is: "AU.Example.com:80" -> "au.example.com"; empty for addresses and for
/// names without a dot, which mean the cache itself.
std::string origin_of(std::string_view authority);

/// 'GET example.com/a.bin (Range: bytes=0-9)'.
std::string to_string(const ClientRequest& request);

}  // namespace larder::support
