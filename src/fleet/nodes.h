// Nodes: how cache nodes are made, edited and deleted, with their blocks, reviews and keys.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/clock.h"
#include "database/database.h"
#include "fleet/node.h"
#include "ledger/actor.h"
#include "ledger/problem.h"
#include "space/cidr_list.h"
#include "space/ip_space.h"
#include "tenancy/resources.h"

namespace larder::fleet {

/// What is wanted of a node: its settings, and its blocks if they are to change.
struct NodeWish {
  NodeSettings settings;
  std::optional<space::CidrList> blocks;
};

struct NodeDeletion {
  std::int64_t blocks = 0;
  std::int64_t keys = 0;
  std::int64_t reviews_withdrawn = 0;
};

/// `problems` holds what the form found already, so that all that is wrong is said at once. REQUIRES: the settings went
/// through check_node_settings(). Errors: kInvalid (the name, an address or a block is in use ...).
ledger::Result<Node> create_node(database::Transaction& transaction, WallTime now, const ledger::Actor& actor,
                                 const space::IpSpaceRules& rules, const tenancy::Resource& resource,
                                 std::string_view name, const NodeWish& wish, ledger::FieldProblems& problems);
ledger::Result<Node> edit_node(database::Transaction& transaction, WallTime now, const ledger::Actor& actor,
                               const space::IpSpaceRules& rules, const Node& before, const NodeWish& wish,
                               ledger::FieldProblems& problems);
/// For good. Errors: kNameMismatch.
ledger::Result<NodeDeletion> delete_node(database::Transaction& transaction, WallTime now, const ledger::Actor& actor,
                                         const space::IpSpaceRules& rules, const Node& node, std::string_view name);

}  // namespace larder::fleet
