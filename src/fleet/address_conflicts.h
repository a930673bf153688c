// Address conflicts: cache nodes of several organisations that are said to have the same public address.
//
// One server has it, and nobody here knows whose: so nobody is kept from naming their own server by what somebody else
// says, and administrators are told. An address alone gets no clients: blocks do, which are looked at for themselves.
// Private addresses are an organisation's own affair.
//
// Source     docs/decisions/0018-addresses-of-nodes.md
#pragma once

#include <boost/json/array.hpp>
#include <string>
#include <vector>

#include "fleet/node.h"

namespace larder::database {
class Transaction;
}

namespace larder::fleet {

struct AddressConflict {
  std::string pointer;  // "/ipv4_address"
  std::string address;
  ledger::Ref node;  // the other one
  ledger::OrganisationRef organisation;
};
boost::json::array to_json(const std::vector<AddressConflict>& conflicts);

constexpr std::size_t kConflictsShown = 20;

/// With which others, the oldest first, kConflictsShown at most.
ledger::Result<std::vector<AddressConflict>> find_address_conflicts(database::Transaction& transaction,
                                                                    const Node& node);
/// The ids of all nodes that are in such a conflict.
ledger::Result<std::vector<std::string>> nodes_in_conflict(database::Transaction& transaction);

}  // namespace larder::fleet
