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

}  // namespace larder::portal
