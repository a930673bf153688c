// Where an address block lies: prefixes as they are kept in the database.
#pragma once

#include <string>
#include <string_view>

#include "net/address.h"

namespace larder::space {

/// 32 hex digits of its first address and two of its length, in 128 bits, IPv4 mapped into IPv6. In the order of these
/// texts a prefix comes right before what lies in it.
std::string place_of(const net::Prefix& prefix);
/// REQUIRES: made by place_of().
net::Prefix prefix_at(std::string_view place);

}  // namespace larder::space
