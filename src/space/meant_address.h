// What was probably meant by a text that is not taken as it stands: an address with leading zeros, a scope, brackets or
// blanks, an IPv4 address written as IPv6. Taking such a text silently would guess; so it is offered instead.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "net/address.h"

namespace larder::space {

/// The IPv4 address that has zeros in front of it: 193.113.0.7 of ::193.113.0.7, which is another address, and
/// nobody's. nullopt: it is another one; :: and ::1 are too. Source: RFC 4291 2.5.5.1 ("IPv4-compatible", deprecated).
std::optional<net::IpAddress> wrapped_ipv4(const net::IpAddress& address);

struct MeantAddress {
  net::IpAddress address;
  std::string why;  // why it is not taken as it stands; "" if it is
};

/// nullopt: nobody knows what is meant.
std::optional<MeantAddress> meant_address(std::string_view text);

struct MeantLength {
  int length;
  std::string why;  // as above
};

/// `text` behind the "/" of an address block: a number, or a netmask such as 255.255.255.0. The length may be more than
/// the family has.
std::optional<MeantLength> meant_length(std::string_view text);

}  // namespace larder::space
