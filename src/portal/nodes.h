// Nodes: how cache nodes are made, edited and deleted, with their blocks, reviews and keys.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/clock.h"
#include "database/database.h"
#include "portal/actor.h"
#include "portal/cidr_list.h"
#include "portal/ip_space.h"
#include "portal/node.h"
#include "portal/problem.h"
#include "portal/resources.h"

namespace larder::portal {

/// What is wanted of a node: its settings, and its blocks if they are to change.
struct NodeWish {
  NodeSettings settings;
  std::optional<CidrList> blocks;
};

struct NodeDeletion {
  std::int64_t blocks = 0;
  std::int64_t keys = 0;
  std::int64_t reviews_withdrawn = 0;
};

/// `problems` holds what the form found already, so that all that is wrong is said at once. REQUIRES: the settings went
/// through check_node_settings(). Errors: kInvalid (the name, an address or a block is in use ...).
Result<Node> create_node(database::Transaction& transaction, WallTime now, const Actor& actor,
                         const IpSpaceRules& rules, const Resource& resource, std::string_view name,
                         const NodeWish& wish, FieldProblems& problems);
Result<Node> edit_node(database::Transaction& transaction, WallTime now, const Actor& actor, const IpSpaceRules& rules,
                       const Node& before, const NodeWish& wish, FieldProblems& problems);
/// For good. Errors: kNameMismatch.
Result<NodeDeletion> delete_node(database::Transaction& transaction, WallTime now, const Actor& actor,
                                 const IpSpaceRules& rules, const Node& node, std::string_view name);

}  // namespace larder::portal
