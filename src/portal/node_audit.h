// What the audit log says of cache nodes.
#pragma once

#include <string>

#include "core/clock.h"
#include "database/database.h"
#include "portal/actor.h"
#include "portal/audit.h"
#include "portal/node.h"
#include "portal/problem.h"

namespace larder::portal {

/// A record about `node`; before and after are the caller's to say.
AuditRecord node_record(const Node& node, std::string action);

/// Writes down what became of a node; the same members before and after are left out.
Result<> record_node_edit(database::Transaction& transaction, WallTime now, const Actor& actor, const Node& before,
                          const Node& after, std::string action);

}  // namespace larder::portal
