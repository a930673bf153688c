// The list of address blocks as people give it: separated by commas, blanks or line ends, or a JSON array.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/problem.h"
#include "net/address.h"

namespace larder::space {

/// Entries that a list may have: more than a node may have blocks, whatever the configuration says.
constexpr std::size_t kMostCidrEntries = 100'000;

/// How much a set of blocks is. IPv6 is counted in /56 networks, which is what one subscriber usually gets; a smaller
/// block counts as one.
struct AddressCount {
  std::int64_t ipv4_addresses = 0;
  std::int64_t ipv6_networks = 0;

  std::int64_t total() const { return ipv4_addresses + ipv6_networks; }
  AddressCount& operator+=(const AddressCount& other);
};

AddressCount count_of(const net::Prefix& prefix);
AddressCount count_of(const std::vector<net::Prefix>& prefixes);

// CidrList: blocks, none of which lies in another one, and for each the number of its entry in the list as it was
// given: entries that are wrong have no block.
struct CidrList {
  CidrList() = default;
  /// Of a list with nothing wrong in it.
  CidrList(std::vector<net::Prefix> all);  // NOLINT: implicit on purpose
  void add(const net::Prefix& block, std::size_t entry);

  std::vector<net::Prefix> blocks;
  std::vector<std::size_t> entries;
};

/// The entries of a text like "2.21.234.0/24 , 3.22.235.0/24", the first `most` of them. Blanks around "-" and "/"
/// separate nothing. Views into `text`.
std::vector<std::string_view> split_cidr_list(std::string_view text, std::size_t most = kMostCidrEntries + 1);

/// Reads every entry; what is wrong is noted at "`pointer`/0", "`pointer`/1" ... with the canonical form where it is
/// clear what was meant. Blocks that are listed twice, or lie within another one of the list, are wrong too.
/// An address without a length is a block of one address.
CidrList parse_cidr_list(const std::vector<std::string>& entries, std::string_view pointer,
                         ledger::FieldProblems& problems);

}  // namespace larder::space
