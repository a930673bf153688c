// What may stand in the fields of a cache node: the checks of its form, without a database.
#pragma once

#include <string>
#include <string_view>

#include "fleet/node.h"
#include "ledger/problem.h"

namespace larder::fleet {

/// Letters, digits, "-" and "_", 1 to 90 of them; noted at /name.
void check_node_name(std::string_view name, ledger::FieldProblems& problems);

struct NodeRules {
  ledger::OrganisationKind kind;
  bool allow_private;  // an ISP's node may have a private or loopback address
};

/// Checks everything, each at its field, and brings addresses and names into their canonical form.
void check_node_settings(NodeSettings& settings, const NodeRules& rules, ledger::FieldProblems& problems);

}  // namespace larder::fleet
