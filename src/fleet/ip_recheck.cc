#include "fleet/ip_recheck.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include "fleet/node_audit.h"
#include "fleet/node_store.h"
#include "net/address_range.h"
#include "space/ip_reviews.h"
#include "space/ip_waiting.h"

namespace larder::fleet {
namespace {

using database::Row;
using database::Transaction;
using ledger::Actor;
using ledger::FieldProblems;
using ledger::Result;
using space::IpBlock;
using space::IpSpace;
using space::IpSpaceRules;

/// Reasons are compared too: they may say less than before though the state is the same.
bool same(const IpSpace& a, const IpSpace& b) {
  return std::ranges::equal(a.blocks, b.blocks, [](const IpBlock& one, const IpBlock& other) {
    return one.state == other.state &&
           std::ranges::equal(one.reasons, other.reasons, {}, &space::Reason::detail, &space::Reason::detail);
  });
}

bool same_states(const IpSpace& a, const IpSpace& b) {
  return std::ranges::equal(a.blocks, b.blocks, {}, &IpBlock::state, &IpBlock::state);
}

/// The system does it: whose blocks were in the way is nobody else's business.
Result<> look_at(Transaction& transaction, WallTime now, const IpSpaceRules& rules, const std::string& node_id) {
  TRY_VOID(transaction.run("DELETE FROM ip_recheck WHERE node_id = $1", {node_id}));
  TRY(const Node node, load_node(transaction, node_id));
  TRY(const IpSpace before, space::load_ip_space(transaction, node_id));
  const space::IpSpaceRequest request{node.organisation,          node_id, before.prefixes(),
                                      node.settings.share_blocks, false,   true};
  FieldProblems problems;
  TRY(const IpSpace after, space::assess(transaction, now, rules, request, before, problems));
  // More blocks than a node may have by now: the list stays as it is until it is edited.
  if (!problems.empty() || same(before, after)) return {};
  if (same_states(before, after)) {
    return space::save_ip_space(transaction, node.organisation.id, node_id, after, node.ip_space.feedback);
  }
  TRY_VOID(change_ip_space(transaction, now, Actor(), rules, node, before, after));
  TRY_VOID(make_next_version(transaction, now, node_id));
  TRY(const Node stored, load_node(transaction, node_id));
  return record_node_edit(transaction, now, Actor(), node, stored, "node.recheck");
}

}  // namespace

Result<> change_ip_space(Transaction& transaction, WallTime now, const Actor& actor, const IpSpaceRules& rules,
                         const Node& node, const IpSpace& before, const IpSpace& after) {
  const bool still_refused = after.state() == space::IpSpaceState::kAttentionRequired;
  const auto feedback = still_refused ? node.ip_space.feedback : std::nullopt;
  TRY_VOID(space::end_review(transaction, now, actor, node.ref, before, after));
  TRY_VOID(space::save_ip_space(transaction, node.organisation.id, node.ref.id, after, feedback));
  TRY_VOID(transaction.run("DELETE FROM ip_recheck WHERE node_id = $1", {node.ref.id}));
  TRY_VOID(space::note_gone(transaction, rules, node.organisation.id, node.ref.id, before, after));
  return space::begin_review(transaction, now, actor, node.organisation, node.ref, after);
}

Result<> lift_rejection(Transaction& transaction, WallTime now, const Actor& actor, const IpSpaceRules& rules,
                        const space::Rejection& rejection) {
  TRY_VOID(space::remove_rejection(transaction, now, actor, rejection));
  TRY_VOID(space::note_lifted(transaction, rejection.organisation.id, net::prefixes_of({rejection.range}), ""));
  TRY_VOID(look_again(transaction, now, rules, rejection.organisation.id, kRecheckInRequest));
  return {};
}

Result<std::size_t> look_again(Transaction& transaction, WallTime now, const IpSpaceRules& rules,
                               std::string_view organisation_id, RecheckLimit limit) {
  TRY(const auto rows, transaction.run("SELECT r.node_id, (SELECT COUNT(*) FROM ip_block b WHERE b.node_id = r.node_id)"
                                       " FROM ip_recheck r WHERE r.organisation_id = $1"
                                       " ORDER BY r.waiting_since, r.node_id LIMIT $2",
                                       {organisation_id, limit.nodes}));
  std::size_t looked = 0;
  for (const Row& row : rows) {
    // What waits behind it may wait for the same addresses, and comes after it.
    if (row.number(1) > static_cast<std::int64_t>(limit.blocks_of_a_node)) break;
    TRY_VOID(look_at(transaction, now, rules, row.text(0)));
    ++looked;
  }
  return looked;
}

}  // namespace larder::fleet
