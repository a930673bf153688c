#include "space/ip_waiting.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "ledger/text.h"
#include "net/address_range.h"
#include "space/ip_overlaps.h"
#include "space/ip_rejections.h"

namespace larder::space {
namespace {

using database::Row;
using database::Transaction;
using ledger::Result;

template <class Condition>
std::vector<net::AddressRange> set_where(const IpSpace& space, Condition condition) {
  std::vector<net::Prefix> prefixes;
  for (const IpBlock& block : space.blocks) {
    if (condition(block)) prefixes.push_back(block.prefix);
  }
  return address_set(prefixes);
}

template <class Condition>
std::vector<net::Prefix> gone_where(const IpSpace& before, const IpSpace& after, Condition condition) {
  return net::prefixes_of(difference(set_where(before, condition), set_where(after, condition)));
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
                           {ledger::json_list(node_ids)}));
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

}  // namespace

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
  return note_lifted(transaction, organisation_id, net::prefixes_of(ranges), "");
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

}  // namespace larder::space
