// What the audit log says of cache nodes.
#pragma once

#include <string>

#include "core/clock.h"
#include "database/database.h"
#include "fleet/node.h"
#include "ledger/actor.h"
#include "ledger/audit.h"
#include "ledger/problem.h"

namespace larder::fleet {

/// A record about `node`; before and after are the caller's to say.
ledger::AuditRecord node_record(const Node& node, std::string action);

/// Writes down what became of a node; the same members before and after are left out.
ledger::Result<> record_node_edit(database::Transaction& transaction, WallTime now, const ledger::Actor& actor,
                                  const Node& before, const Node& after, std::string action);

}  // namespace larder::fleet
