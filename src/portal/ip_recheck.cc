#include "portal/ip_recheck.h"

#include <algorithm>
#include <set>
#include <utility>

#include "portal/address_range.h"
#include "portal/ip_overlaps.h"
#include "portal/ip_reviews.h"
#include "portal/node_store.h"
#include "portal/nodes.h"
#include "portal/text.h"

namespace larder::portal {
namespace {

using database::Row;
using database::Transaction;

template <class Condition>
std::vector<AddressRange> set_where(const IpSpace& space, Condition condition) {
  std::vector<net::Prefix> prefixes;
  for (const IpBlock& block : space.blocks) {
    if (condition(block)) prefixes.push_back(block.prefix);
  }
  return address_set(prefixes);
}

template <class Condition>
std::vector<net::Prefix> gone_where(const IpSpace& before, const IpSpace& after, Condition condition) {
  return prefixes_of(difference(set_where(before, condition), set_where(after, condition)));
}

bool is_approved(const IpBlock& block) { return block.state == BlockState::kApproved; }
bool is_claimed(const IpBlock& block) { return is_approved(block) || is_pending(block); }

Result<> note(Transaction& transaction, const std::vector<std::string>& node_ids) {
  if (node_ids.empty()) return {};
  TRY_VOID(transaction.run(fmt::format("INSERT INTO ip_recheck (node_id, organisation_id, waiting_since)"
                                       " SELECT n.id, n.organisation_id,"
                                       " COALESCE((SELECT MIN(b.since) FROM ip_block b WHERE b.node_id = n.id"
                                       " AND b.state <> 'approved'), 0) FROM {} AS w CROSS JOIN node n"
                                       " WHERE n.id = w.value ON CONFLICT (node_id) DO NOTHING",
                                       transaction.list("$1")),
                           {json_list(node_ids)}));
  transaction.announce(database::Change(std::string(kRecheckChange), ""));
  return {};
}

Claims claims_with(const Claims& others, const IpSpace& space) {
  Claims claims = others;
  claims.pending += std::min(space.pending().total(), kMostClaimed);
  claims.approved += std::min(space.routed().total(), kMostClaimed);
  return claims;
}

/// When the organisation's sum comes to be within the limits, all that it waits for is looked at.
Result<> note_sum(Transaction& transaction, const IpSpaceRules& rules, std::string_view organisation_id,
                  std::string_view node_id, const Claims& before) {
  TRY(const Claims now, load_claims(transaction, organisation_id, ""));
  const std::int64_t limit = rules.limits.review_above;
  const std::int64_t absurd = rules.limits.absurd_above;
  const bool within = now.total() <= limit && before.total() > limit;
  const bool absurd_no_more = now.pending <= absurd && before.pending > absurd;
  if (!within && !absurd_no_more) return {};
  TRY(const auto rows, transaction.run("SELECT id FROM node WHERE organisation_id = $1 AND pending_addresses > 0"
                                       " AND id <> $2",
                                       {organisation_id, node_id}));
  std::vector<std::string> ids;
  for (const Row& row : rows) ids.push_back(row.text(0));
  return note(transaction, ids);
}

/// Reasons are compared too: they may say less than before though the state is the same.
bool same(const IpSpace& a, const IpSpace& b) {
  return std::ranges::equal(a.blocks, b.blocks, [](const IpBlock& one, const IpBlock& other) {
    return one.state == other.state &&
           std::ranges::equal(one.reasons, other.reasons, {}, &Reason::detail, &Reason::detail);
  });
}

bool same_states(const IpSpace& a, const IpSpace& b) {
  return std::ranges::equal(a.blocks, b.blocks, {}, &IpBlock::state, &IpBlock::state);
}

/// The system does it: whose blocks were in the way is nobody else's business.
Result<> look_at(Transaction& transaction, WallTime now, const IpSpaceRules& rules, const std::string& node_id) {
  TRY_VOID(transaction.run("DELETE FROM ip_recheck WHERE node_id = $1", {node_id}));
  TRY(const Node node, load_node(transaction, node_id));
  TRY(const IpSpace before, load_ip_space(transaction, node_id));
  const IpSpaceRequest request{node.organisation, node_id, before.prefixes(), node.settings.share_blocks, false, true};
  FieldProblems problems;
  TRY(const IpSpace after, assess(transaction, now, rules, request, before, problems));
  // More blocks than a node may have by now: the list stays as it is until it is edited.
  if (!problems.empty() || same(before, after)) return {};
  if (same_states(before, after)) {
    return save_ip_space(transaction, node.organisation.id, node_id, after, node.ip_space.feedback);
  }
  TRY_VOID(change_ip_space(transaction, now, Actor(), rules, node, before, after));
  TRY_VOID(make_next_version(transaction, now, node_id));
  TRY(const Node stored, load_node(transaction, node_id));
  return record_node_edit(transaction, now, Actor(), node, stored, "node.recheck");
}

}  // namespace

Result<> change_ip_space(Transaction& transaction, WallTime now, const Actor& actor, const IpSpaceRules& rules,
                         const Node& node, const IpSpace& before, const IpSpace& after) {
  const bool still_refused = after.state() == IpSpaceState::kAttentionRequired;
  const auto feedback = still_refused ? node.ip_space.feedback : std::nullopt;
  TRY_VOID(end_review(transaction, now, actor, node.ref, before, after));
  TRY_VOID(save_ip_space(transaction, node.organisation.id, node.ref.id, after, feedback));
  TRY_VOID(transaction.run("DELETE FROM ip_recheck WHERE node_id = $1", {node.ref.id}));
  TRY_VOID(note_gone(transaction, rules, node.organisation.id, node.ref.id, before, after));
  return begin_review(transaction, now, actor, node.organisation, node.ref, after);
}

Result<> note_gone(Transaction& transaction, const IpSpaceRules& rules, std::string_view organisation_id,
                   std::string_view node_id, const IpSpace& before, const IpSpace& after) {
  const auto claimed = gone_where(before, after, is_claimed);
  if (claimed.empty()) return {};
  const auto approved = gone_where(before, after, is_approved);
  TRY(const auto others, find_waiting_nodes(transaction, Whose::kAnybodys, organisation_id, approved, node_id));
  TRY_VOID(note(transaction, others));
  TRY(const auto own, find_waiting_nodes(transaction, Whose::kOwn, organisation_id, claimed, node_id));
  TRY_VOID(note(transaction, own));
  TRY(const Claims rest, load_claims(transaction, organisation_id, node_id));
  return note_sum(transaction, rules, organisation_id, node_id, claims_with(rest, before));
}

Result<> note_lifted(Transaction& transaction, std::string_view organisation_id,
                     const std::vector<net::Prefix>& prefixes, std::string_view except_node) {
  TRY(const auto own, find_waiting_nodes(transaction, Whose::kOwn, organisation_id, prefixes, except_node));
  TRY_VOID(note(transaction, own));
  TRY(const auto others, find_waiting_nodes(transaction, Whose::kAnybodys, organisation_id, prefixes, except_node));
  return note(transaction, others);
}

Result<> note_organisation_gone(Transaction& transaction, std::string_view organisation_id) {
  TRY(const auto ranges, rejected_ranges(transaction, organisation_id));
  return note_lifted(transaction, organisation_id, prefixes_of(ranges), "");
}

Result<> note_owner_gone(Transaction& transaction, std::string_view account_id) {
  TRY(const auto rows, transaction.run("SELECT n.id FROM ownership a CROSS JOIN node n"
                                       " WHERE a.account_id = $1 AND n.organisation_id = a.organisation_id"
                                       " AND n.pending_addresses > 0 AND EXISTS (SELECT 1 FROM ownership b"
                                       " WHERE b.account_id = $1 AND b.organisation_id <> a.organisation_id)",
                                       {account_id}));
  std::vector<std::string> ids;
  for (const Row& row : rows) ids.push_back(row.text(0));
  return note(transaction, ids);
}

Result<> lift_rejection(Transaction& transaction, WallTime now, const Actor& actor, const IpSpaceRules& rules,
                        const Rejection& rejection) {
  TRY_VOID(remove_rejection(transaction, now, actor, rejection));
  TRY_VOID(note_lifted(transaction, rejection.organisation.id, prefixes_of({rejection.range}), ""));
  TRY_VOID(look_again(transaction, now, rules, rejection.organisation.id, kRecheckInRequest));
  return {};
}

Result<std::vector<std::string>> find_waiting_organisations(Transaction& transaction, std::string_view after,
                                                            std::size_t most) {
  TRY(const auto rows, transaction.run("SELECT r.organisation_id, MIN(r.waiting_since) FROM ip_recheck r"
                                       " WHERE r.organisation_id > $1 GROUP BY r.organisation_id"
                                       " ORDER BY r.organisation_id LIMIT $2",
                                       {after, most}));
  std::vector<std::pair<std::int64_t, std::string>> found;
  for (const Row& row : rows) found.emplace_back(row.number(1), row.text(0));
  std::ranges::sort(found);
  std::vector<std::string> ids;
  for (auto& [since, id] : found) ids.push_back(std::move(id));
  return ids;
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

}  // namespace larder::portal
