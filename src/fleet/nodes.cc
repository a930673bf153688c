#include "fleet/nodes.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>

#include "fleet/ip_recheck.h"
#include "fleet/node_audit.h"
#include "fleet/node_store.h"
#include "ledger/secret.h"
#include "ledger/text.h"
#include "ledger/time.h"
#include "space/ip_reviews.h"
#include "space/ip_waiting.h"

namespace larder::fleet {
namespace {

using database::Transaction;
using ledger::Actor;
using ledger::AuditRecord;
using ledger::FieldProblems;
using ledger::ProblemKind;
using ledger::refuse;
using ledger::Result;
using ledger::time_to_string;
using ledger::to_ms;
using space::IpSpace;
using space::IpSpaceRules;

Result<> check_name_is_free(Transaction& transaction, const Node& node, FieldProblems& problems) {
  TRY(const auto same, transaction.run("SELECT id FROM node WHERE resource_id = $1 AND name_key = $2",
                                       {node.resource.id, ledger::to_lower(node.ref.name)}));
  if (!same.empty()) {
    problems.add("/name", fmt::format("{} has a cache node '{}' already", node.resource.name, node.ref.name));
  }
  return {};
}

/// An address is one server's within an organisation. What another one says of its servers proves nothing, and keeps
/// nobody from naming their own: address_conflicts.h.
Result<> check_address_is_free(Transaction& transaction, const Node& node, std::string_view column,
                               const std::optional<std::string>& address, FieldProblems& problems) {
  if (!address) return {};
  TRY(const auto rows,
      transaction.run(
          fmt::format("SELECT name FROM node WHERE {} = $1 AND organisation_id = $2 AND id <> $3 LIMIT 1", column),
          {address, node.organisation.id, node.ref.id}));
  if (!rows.empty()) {
    problems.add(fmt::format("/{}", column),
                 fmt::format("{} is in use by your cache node {}", *address, rows[0].text(0)));
  }
  return {};
}

Result<> check_uniqueness(Transaction& transaction, const Node& node, FieldProblems& problems) {
  const NodeSettings& settings = node.settings;
  TRY_VOID(check_address_is_free(transaction, node, "ipv4_address", settings.ipv4_address, problems));
  TRY_VOID(check_address_is_free(transaction, node, "ipv6_address", settings.ipv6_address, problems));
  return {};
}

std::string_view edit_action(const Node& before, const Node& after) {
  if (before.settings.intent.state == after.settings.intent.state) return "node.edit";
  switch (after.settings.intent.state) {
    case IntentState::kEnabled: return "node.enable";
    case IntentState::kDisabled: return "node.disable";
    case IntentState::kDraining: return "node.drain";
  }
  return "node.edit";
}

/// An end that is set now lies ahead; one that has come meanwhile stays as it is.
void check_end_of_drain(const Intent& intent, const Intent& before, WallTime now, FieldProblems& problems) {
  if (!intent.until || intent.until == before.until || *intent.until > to_ms(now)) return;
  problems.add("/intent/until",
               fmt::format("it has passed, now is {}; to stop the node at once, set the state disabled",
                           time_to_string(to_ms(now))));
}

}  // namespace

Result<Node> create_node(Transaction& transaction, WallTime now, const Actor& actor, const IpSpaceRules& rules,
                         const tenancy::Resource& resource, std::string_view name, const NodeWish& wish,
                         FieldProblems& problems) {
  Node made;
  made.ref = {ledger::new_id(now), std::string(name)};
  made.organisation = resource.organisation;
  made.resource = resource.ref;
  made.settings = wish.settings;
  made.created_at = made.updated_at = to_ms(now);
  check_end_of_drain(made.settings.intent, Intent(), now, problems);
  TRY_VOID(check_name_is_free(transaction, made, problems));
  TRY_VOID(check_uniqueness(transaction, made, problems));
  const space::IpSpaceRequest request{made.organisation, "", wish.blocks.value_or(space::CidrList()),
                                      made.settings.share_blocks};
  TRY(const IpSpace space, space::assess(transaction, now, rules, request, IpSpace(), problems));
  TRY_VOID(problems.verdict());

  TRY_VOID(insert_node(transaction, made));
  TRY_VOID(change_ip_space(transaction, now, actor, rules, made, IpSpace(), space));
  TRY(const Node stored, load_node(transaction, made.ref.id));
  AuditRecord entry = node_record(stored, "node.create");
  entry.after = to_json(stored, to_ms(now));
  TRY_VOID(ledger::record(transaction, now, actor, entry));
  return stored;
}

Result<Node> edit_node(Transaction& transaction, WallTime now, const Actor& actor, const IpSpaceRules& rules,
                       const Node& before, const NodeWish& wish, FieldProblems& problems) {
  Node after = before;
  after.settings = wish.settings;
  after.version = before.version + 1;
  after.updated_at = to_ms(now);
  check_end_of_drain(after.settings.intent, before.settings.intent, now, problems);
  TRY_VOID(check_uniqueness(transaction, after, problems));
  const bool blocks_change = wish.blocks || before.settings.share_blocks != after.settings.share_blocks;
  TRY(const IpSpace space_before, space::load_ip_space(transaction, before.ref.id));
  IpSpace space = space_before;
  if (blocks_change) {
    const space::IpSpaceRequest request{after.organisation, after.ref.id, wish.blocks.value_or(space_before.prefixes()),
                                        after.settings.share_blocks};
    TRY(space, space::assess(transaction, now, rules, request, space_before, problems));
  }
  TRY_VOID(problems.verdict());

  TRY_VOID(update_node(transaction, after));
  if (blocks_change) {
    TRY_VOID(change_ip_space(transaction, now, actor, rules, after, space_before, space));
  }
  TRY(const Node stored, load_node(transaction, after.ref.id));
  TRY_VOID(record_node_edit(transaction, now, actor, before, stored, std::string(edit_action(before, stored))));
  if (blocks_change) {
    TRY_VOID(look_again(transaction, now, rules, stored.organisation.id, kRecheckInRequest));
  }
  return stored;
}

Result<NodeDeletion> delete_node(Transaction& transaction, WallTime now, const Actor& actor, const IpSpaceRules& rules,
                                 const Node& node, std::string_view name) {
  if (name != node.ref.name) {
    return refuse(ProblemKind::kNameMismatch, "deleting is for good and asks for the name; it is '{}'", node.ref.name);
  }
  NodeDeletion deletion;
  deletion.blocks = static_cast<std::int64_t>(node.cidr_blocks.size());
  TRY(const auto keys, transaction.run("SELECT node_id FROM registration_key WHERE node_id = $1", {node.ref.id}));
  deletion.keys = static_cast<std::int64_t>(keys.size());
  TRY(deletion.reviews_withdrawn, space::withdraw_review(transaction, now, actor, node.ref.id));
  AuditRecord entry = node_record(node, "node.delete");
  entry.before = to_json(node, to_ms(now));
  TRY_VOID(ledger::record(transaction, now, actor, entry));
  TRY(const IpSpace space, space::load_ip_space(transaction, node.ref.id));
  TRY_VOID(transaction.run("DELETE FROM node WHERE id = $1", {node.ref.id}));
  TRY_VOID(space::note_gone(transaction, rules, node.organisation.id, node.ref.id, space, IpSpace()));
  TRY_VOID(look_again(transaction, now, rules, node.organisation.id, kRecheckInRequest));
  return deletion;
}

}  // namespace larder::fleet
