// CacheControl: what a Cache-Control field says.
//
// Source     RFC 9111 section 5.2, RFC 8246, RFC 5861.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace larder::http {

struct CacheControl {
  std::optional<std::chrono::seconds> max_age;
  std::optional<std::chrono::seconds> s_maxage;
  std::optional<std::chrono::seconds> stale_while_revalidate;
  std::optional<std::chrono::seconds> stale_if_error;
  bool no_store = false;
  bool no_cache = false;  // with or without field names
  bool no_transform = false;
  bool is_public = false;
  bool is_private = false;  // with or without field names
  bool must_revalidate = false;
  bool proxy_revalidate = false;
  bool immutable = false;
  bool only_if_cached = false;  // in a request
};

/// Unknown directives are passed over; seconds too large count as 2^31; a number that is none counts as 0 (stale).
/// Of a directive that comes twice the first counts.
CacheControl parse_cache_control(std::string_view value);

}  // namespace larder::http
