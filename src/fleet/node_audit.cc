#include "fleet/node_audit.h"

#include <utility>

#include "ledger/time.h"

namespace larder::fleet {

using ledger::Actor;
using ledger::AuditRecord;
using ledger::Result;
using ledger::to_ms;

AuditRecord node_record(const Node& node, std::string action) {
  AuditRecord entry;
  entry.organisation_id = node.organisation.id;
  entry.action = std::move(action);
  entry.kind = "node";
  entry.object_id = node.ref.id;
  entry.object_name = node.ref.name;
  entry.version = node.version;
  return entry;
}

Result<> record_node_edit(database::Transaction& transaction, WallTime now, const Actor& actor, const Node& before,
                          const Node& after, std::string action) {
  AuditRecord entry = node_record(after, std::move(action));
  entry.before = to_json(before, to_ms(now));
  entry.after = to_json(after, to_ms(now));
  return ledger::record(transaction, now, actor, entry);
}

}  // namespace larder::fleet
