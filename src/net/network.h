// Whose an address is, as far as it tells: who shares limits, turns and attempts.
//
// Threads    pure functions.
// Source     RIPE-690 (a customer gets a /48 or a /56, a link a /64).
#pragma once

#include "net/address.h"

namespace larder::net {

inline constexpr int kNetworkBits = 64;  // of an IPv6 address
inline constexpr int kSiteBits = 48;

/// What one subscriber's devices have together: an IPv4 address; of IPv6, the first address of the /64.
IpAddress network_of(const IpAddress& address);
/// What one customer may have at most, networks by the thousand: an IPv4 address; of IPv6, the first address of the
/// /48.
IpAddress site_of(const IpAddress& address);

}  // namespace larder::net
