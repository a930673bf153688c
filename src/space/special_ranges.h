// Which address blocks nobody can have customers in.
//
// Source     IANA's registries of special-purpose addresses (IPv4, IPv6) and of IPv6 global unicast allocations.
#pragma once

#include <optional>
#include <string>

#include "net/address.h"

namespace larder::space {

enum class RangeKind {
  kPrivate,  // of everybody's own use: 10.0.0.0/8, 100.64.0.0/10, fc00::/7, loopback ...
  kBogon,    // never a host's address on any network: documentation, multicast, reserved ...
};

struct SpecialRange {
  RangeKind kind;
  net::Prefix prefix;
  std::string name;  // "documentation (TEST-NET-1)"
};

/// The special range that `prefix` overlaps; a bogon before a private one.
std::optional<SpecialRange> special_range(const net::Prefix& prefix);
/// Whether all of `prefix` is private, or some of it.
bool is_private(const net::Prefix& prefix);
bool has_private(const net::Prefix& prefix);
/// Whether an IPv6 block is in space that IANA has not handed out to any registry. False for IPv4, all of which is.
bool is_unallocated(const net::Prefix& prefix);

}  // namespace larder::space
