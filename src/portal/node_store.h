// Rows of the table node: for nodes.cc.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "portal/node.h"
#include "portal/nodes.h"

namespace larder::portal {

Result<> insert_node(database::Transaction& transaction, const Node& node);
/// All that can change but the IP space, which save_ip_space() writes.
Result<> update_node(database::Transaction& transaction, const Node& node);
/// A node that is decided upon is another version of itself.
Result<> make_next_version(database::Transaction& transaction, WallTime now, std::string_view node_id);

}  // namespace larder::portal
