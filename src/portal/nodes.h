// Nodes: cache nodes in the database, with their blocks, reviews and keys.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "portal/audit.h"
#include "portal/ip_space.h"
#include "portal/node.h"
#include "portal/page_query.h"
#include "portal/resources.h"

namespace larder::portal {

/// Nodes with a label of this name, and of this value if there is one.
struct LabelFilter {
  std::string name;
  std::optional<std::string> value;
};

struct NodeFilter {
  std::optional<std::vector<std::string>> organisations;  // nullopt: all
  std::optional<std::string> organisation;
  std::optional<std::string> resource;
  std::optional<std::string> text;  // part of the name, the FQDN or an address
  std::optional<std::string> intent;
  std::optional<std::string> ip_space;
  std::optional<std::string> ring;
  std::vector<LabelFilter> labels;              // all of them
  std::optional<std::vector<std::string>> ids;  // only these
};

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

/// Errors: kNotFound.
Result<Node> load_node(database::Transaction& transaction, std::string_view id);
/// Without their blocks.
Result<std::vector<Listed<Node>>> list_nodes(database::Transaction& transaction, const NodeFilter& filter,
                                             const PageQuery& page);
/// Fills in the blocks of `nodes`, all at once.
Result<> load_blocks(database::Transaction& transaction, std::span<Listed<Node>> nodes);

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

/// Writes down what became of a node; the same members before and after are left out.
Result<> record_node_edit(database::Transaction& transaction, WallTime now, const Actor& actor, const Node& before,
                          const Node& after, std::string action);

}  // namespace larder::portal
