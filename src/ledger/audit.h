// The audit log: every change: who, when, from where, before and after. Written in the transaction of the change, and
// never changed. Secrets are not in it: callers leave them out of `before` and `after`.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>

#include "core/clock.h"
#include "database/database.h"
#include "ledger/actor.h"
#include "ledger/problem.h"

namespace larder::ledger {

struct AuditRecord {
  std::optional<std::string> organisation_id;
  std::string action;  // "node.create": the kind of object and a verb
  std::string kind;    // "node"
  std::string object_id;
  std::string object_name;
  std::optional<boost::json::object> before;  // nullopt: it was not there
  std::optional<boost::json::object> after;   // nullopt: it is gone
  std::optional<std::int64_t> version;        // of the object after the change, where it has one
};

/// Also announces Change(kind, object_id), and logs what is changed of organisations, resources and nodes:
/// database/change_log.h.
Result<> record(database::Transaction& transaction, WallTime now, const Actor& actor, const AuditRecord& record);

}  // namespace larder::ledger
