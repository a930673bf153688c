#include "ledger/audit.h"

#include <boost/json/serialize.hpp>

#include "ledger/secret.h"
#include "ledger/time.h"

namespace larder::ledger {
namespace {

/// Members that are the same before and after say nothing.
void drop_equal_members(boost::json::object& before, boost::json::object& after) {
  boost::json::object changed_before;
  boost::json::object changed_after;
  for (const auto& member : after) {
    const auto* old = before.if_contains(member.key());
    if (old != nullptr && *old == member.value()) continue;
    changed_after[member.key()] = member.value();
    if (old != nullptr) changed_before[member.key()] = *old;
  }
  for (const auto& member : before) {
    if (!after.contains(member.key())) changed_before[member.key()] = member.value();
  }
  before = std::move(changed_before);
  after = std::move(changed_after);
}

std::optional<std::string> text_of(const std::optional<boost::json::object>& object) {
  return object ? std::optional(boost::json::serialize(*object)) : std::nullopt;
}

/// What routers, agents and lists on a screen keep a copy of. What people do (sign-ins, reviews, tokens) is only
/// announced: what comes of it for a node is an edit of the node.
bool is_followed(std::string_view kind) { return kind == "organisation" || kind == "resource" || kind == "node"; }

}  // namespace

Result<> record(database::Transaction& transaction, WallTime now, const Actor& actor, const AuditRecord& entry) {
  auto before = entry.before;
  auto after = entry.after;
  if (before && after) drop_equal_members(*before, *after);
  const auto address = actor.address ? std::optional(net::to_string(*actor.address)) : std::nullopt;
  TRY_VOID(transaction.run(
      "INSERT INTO audit (id, at, actor_id, actor_name, via, address, organisation_id, organisation_name,"
      " organisation_kind, action, kind, object_id, object_name, version, before_json, after_json, actor_claims)"
      " VALUES ($1, $2, $3, $4, $5, $6, $7, (SELECT name FROM organisation WHERE id = $7),"
      " (SELECT kind FROM organisation WHERE id = $7), $8, $9, $10, $11, $12, $13, $14, $15)",
      {new_id(now), to_ms(now), actor.user_id, actor.name, to_string(actor.via), address, entry.organisation_id,
       entry.action, entry.kind, entry.object_id, entry.object_name, entry.version, text_of(before), text_of(after),
       actor.claims}));
  if (entry.organisation_id && is_followed(entry.kind)) {
    transaction.log({entry.kind, entry.object_id, *entry.organisation_id});
  } else {
    transaction.announce(database::Change(entry.kind, entry.object_id));
  }
  return {};
}

}  // namespace larder::ledger
