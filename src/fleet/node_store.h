// Cache nodes in the database: which there are, and rows of the table node for those who change them.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "database/database.h"
#include "fleet/node.h"
#include "ledger/page_query.h"
#include "ledger/problem.h"

namespace larder::fleet {

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

/// Errors: kNotFound.
ledger::Result<Node> load_node(database::Transaction& transaction, std::string_view id);
/// Without their blocks.
ledger::Result<std::vector<ledger::Listed<Node>>> list_nodes(database::Transaction& transaction,
                                                             const NodeFilter& filter, const ledger::PageQuery& page);
/// Fills in the blocks of `nodes`, all at once.
ledger::Result<> load_blocks(database::Transaction& transaction, std::span<ledger::Listed<Node>> nodes);

ledger::Result<> insert_node(database::Transaction& transaction, const Node& node);
/// All that can change but the IP space, which save_ip_space() writes.
ledger::Result<> update_node(database::Transaction& transaction, const Node& node);
/// A node that is decided upon is another version of itself.
ledger::Result<> make_next_version(database::Transaction& transaction, WallTime now, std::string_view node_id);

}  // namespace larder::fleet
