// AddressRange: addresses from one to another; sets of them, as sorted lists that do not overlap.
//
// IPv4 is mapped into IPv6, so that both families lie on one line of 128 bits.
#pragma once

#include <cstdint>
#include <vector>

#include "net/address.h"

namespace larder::net {

__extension__ using AddressNumber = unsigned __int128;

struct AddressRange {
  AddressNumber first = 0;
  AddressNumber last = 0;

  friend bool operator==(const AddressRange&, const AddressRange&) = default;
};

AddressNumber number_of(const IpAddress& address);
AddressRange range_of(const Prefix& prefix);
IpAddress address_of(AddressNumber number);

/// Sorted, touching and overlapping ranges joined.
std::vector<AddressRange> address_set(const std::vector<Prefix>& prefixes);
/// What is in `a` and not in `b`. REQUIRES: both are sets.
std::vector<AddressRange> difference(const std::vector<AddressRange>& a, const std::vector<AddressRange>& b);
std::vector<AddressRange> intersection(const std::vector<AddressRange>& a, const std::vector<AddressRange>& b);
/// The fewest prefixes that make up the set.
std::vector<Prefix> prefixes_of(const std::vector<AddressRange>& set);

}  // namespace larder::net
