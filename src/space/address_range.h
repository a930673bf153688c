// AddressRange: addresses from one to another; sets of them, as sorted lists that do not overlap.
//
// IPv4 is mapped into IPv6, so that both families lie on one line of 128 bits.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "net/address.h"

namespace larder::space {

__extension__ using AddressNumber = unsigned __int128;

struct AddressRange {
  AddressNumber first = 0;
  AddressNumber last = 0;

  friend bool operator==(const AddressRange&, const AddressRange&) = default;
};

AddressNumber number_of(const net::IpAddress& address);
AddressRange range_of(const net::Prefix& prefix);
net::IpAddress address_of(AddressNumber number);

/// Sorted, touching and overlapping ranges joined.
std::vector<AddressRange> address_set(const std::vector<net::Prefix>& prefixes);
/// What is in `a` and not in `b`. REQUIRES: both are sets.
std::vector<AddressRange> difference(const std::vector<AddressRange>& a, const std::vector<AddressRange>& b);
std::vector<AddressRange> intersection(const std::vector<AddressRange>& a, const std::vector<AddressRange>& b);
/// The fewest prefixes that make up the set.
std::vector<net::Prefix> prefixes_of(const std::vector<AddressRange>& set);

/// A prefix as it is kept in the database: 32 hex digits of its first address and two of its length, in 128 bits.
/// In the order of these texts a prefix comes right before what lies in it.
std::string place_of(const net::Prefix& prefix);
/// REQUIRES: made by place_of().
net::Prefix prefix_at(std::string_view place);

}  // namespace larder::space
