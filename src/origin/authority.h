// Authority: host and optional port as a client names an origin, brought into the one form that rules compare.
//
// Source     RFC 3986 3.2, RFC 9110 4.2.4 (user information is refused).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"
#include "net/address.h"

namespace larder::origin {

struct Authority {
  std::string host;  // a name in lower case without trailing dot, or an address in canonical form without brackets
  std::optional<std::uint16_t> port;
  bool is_address = false;
};

/// Errors: kInvalid (no host name, user information, a port that is none, "127.1" and other half addresses).
Result<Authority> parse_authority(std::string_view text);

/// "host:port", "[2001:db8::1]:port", without the port if it is the scheme's default: the Host line upstream.
std::string host_line(std::string_view host, std::uint16_t port, bool tls);

/// "example.com" of "*.example.com", "dl.example.com" as it is; lower case. Errors: kInvalid.
struct HostPattern {
  std::string host;
  bool below = false;  // began with "*."
};
Result<HostPattern> parse_host_pattern(std::string_view text);

}  // namespace larder::origin
