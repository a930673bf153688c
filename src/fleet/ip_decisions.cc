#include "fleet/ip_decisions.h"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <set>

#include "fleet/ip_recheck.h"
#include "fleet/node_audit.h"
#include "fleet/node_store.h"
#include "ledger/audit.h"
#include "ledger/time.h"
#include "space/ip_overlaps.h"
#include "space/ip_rejections.h"
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
using ledger::to_ms;
using space::IpSpace;
using space::Review;

std::string feedback_of(const ReviewDecision& decision) {
  return decision.feedback.value_or("an administrator rejected it");
}

// Decided: a node's blocks after a decision, and what became of those that were pending.
struct Decided {
  IpSpace space;
  boost::json::array entries;
  std::vector<net::Prefix> approved;
  std::vector<net::Prefix> rejected;
};

Decided decided_by(const IpSpace& before, const ReviewDecision& decision, std::int64_t now) {
  const std::set<net::Prefix> listed(decision.approved.begin(), decision.approved.end());
  Decided decided{before, {}, {}, {}};
  for (space::IpBlock& block : decided.space.blocks) {
    if (!space::is_pending(block)) continue;
    const bool approved = decision.kind == ReviewDecision::Kind::kApprove ||
                          (decision.kind == ReviewDecision::Kind::kApprovePart && listed.contains(block.prefix));
    decided.entries.push_back(space::review_entry(block, approved ? "approved" : "rejected"));
    (approved ? decided.approved : decided.rejected).push_back(block.prefix);
    block.state = approved ? space::BlockState::kApproved : space::BlockState::kRejected;
    block.since = now;
    block.reasons.clear();
    if (!approved) block.reasons.push_back({"rejected", feedback_of(decision), std::nullopt});
  }
  return decided;
}

/// What the decision means for whatever else is listed, now and later.
Result<> follow(Transaction& transaction, WallTime now, const Actor& actor, const space::IpSpaceRules& rules,
                const Review& review, const ReviewDecision& decision, const IpSpace& before, const Decided& decided) {
  space::Rejection rejection;
  rejection.organisation = review.organisation;
  rejection.feedback = feedback_of(decision);
  rejection.review_id = review.id;
  rejection.node = review.node;
  rejection.rejected_by_id = actor.user_id;
  rejection.rejected_by_name = actor.name;
  rejection.rejected_at = to_ms(now);
  TRY_VOID(space::keep_decision(transaction, now, rejection, decided.approved, decided.rejected));
  TRY_VOID(space::note_lifted(transaction, review.organisation.id, decided.approved, review.node.id));
  TRY_VOID(space::note_gone(transaction, rules, review.organisation.id, review.node.id, before, decided.space));
  TRY_VOID(look_again(transaction, now, rules, review.organisation.id, kRecheckInRequest));
  return {};
}

Result<> check_part(const IpSpace& space, const ReviewDecision& decision) {
  FieldProblems problems;
  for (std::size_t i = 0; i < decision.approved.size(); ++i) {
    const auto found = std::find_if(space.blocks.begin(), space.blocks.end(), [&](const space::IpBlock& block) {
      return block.prefix == decision.approved[i] && space::is_pending(block);
    });
    if (found == space.blocks.end()) {
      problems.add(fmt::format("/blocks/{}", i),
                   fmt::format("{} is not in this review", to_string(decision.approved[i])));
    }
  }
  return problems.verdict();
}

constexpr std::size_t kOverlapsNamed = 5;  // in a sentence; a member has kOverlapsShown of them

/// An administrator approves what they have read: others may have got these addresses meanwhile.
Result<> check_free(Transaction& transaction, const Review& review, const ReviewDecision& decision,
                    const std::vector<net::Prefix>& approved) {
  if (decision.despite_overlaps) return {};
  TRY(const auto overlaps, space::find_routed_elsewhere(transaction, review.organisation.id, approved));
  if (overlaps.empty()) return {};
  std::vector<std::string> named;
  boost::json::array shown;
  for (const space::Overlap& overlap : overlaps) {
    if (shown.size() == space::kOverlapsShown) break;
    shown.push_back(to_json(overlap));
    if (named.size() == kOverlapsNamed) continue;
    named.push_back(
        fmt::format("{} to {} of {}", to_string(overlap.other), overlap.node.name, overlap.organisation.name));
  }
  const std::string more =
      overlaps.size() > named.size() ? fmt::format(", and {} more", overlaps.size() - named.size()) : std::string();
  ledger::Problem problem(
      ProblemKind::kConflict,
      fmt::format("addresses of these blocks are routed to other organisations: {}{}", fmt::join(named, ", "), more));
  problem.fields.push_back({"/despite_overlaps", "true says that both organisations are meant to have them"});
  problem.members["overlaps"] = std::move(shown);
  return std::unexpected(std::move(problem));
}

std::string_view state_after(ReviewDecision::Kind kind) {
  switch (kind) {
    case ReviewDecision::Kind::kApprove: return "approved";
    case ReviewDecision::Kind::kReject: return "rejected";
    case ReviewDecision::Kind::kApprovePart: return "partly_approved";
  }
  return "";
}

}  // namespace

Result<> decide_review(Transaction& transaction, WallTime now, const Actor& actor, const space::IpSpaceRules& rules,
                       const Review& review, const ReviewDecision& decision) {
  if (review.state != "open") {
    return refuse(ProblemKind::kConflict, "this review is {} already, by {}", review.state,
                  review.decided_by_name.value_or("nobody"));
  }
  TRY(const Node node_before, load_node(transaction, review.node.id));
  TRY(const IpSpace before, space::load_ip_space(transaction, review.node.id));
  TRY_VOID(check_part(before, decision));
  const Decided decided = decided_by(before, decision, to_ms(now));
  TRY_VOID(check_free(transaction, review, decision, decided.approved));
  // What was said of blocks that were rejected before goes on being said.
  const auto& said = decision.feedback ? decision.feedback : node_before.ip_space.feedback;
  const auto feedback = decided.space.state() == space::IpSpaceState::kValid ? std::nullopt : said;
  TRY_VOID(space::save_ip_space(transaction, review.organisation.id, review.node.id, decided.space, feedback));
  TRY_VOID(make_next_version(transaction, now, review.node.id));
  const std::string_view state = state_after(decision.kind);
  TRY_VOID(
      transaction.run("UPDATE ip_review SET state = $2, blocks_json = $3, feedback = $4, decided_by_id = $5,"
                      " decided_by_name = $6, decided_at = $7 WHERE id = $1",
                      {review.id, state, boost::json::serialize(decided.entries), decision.feedback, actor.user_id,
                       actor.name, to_ms(now)}));
  AuditRecord entry = space::review_record(review, "review.decide");
  entry.before = boost::json::object{{"state", "open"}};
  entry.after = boost::json::object{{"state", state}, {"blocks", decided.entries}, {"feedback", nullptr}};
  if (decision.feedback) (*entry.after)["feedback"] = *decision.feedback;
  // Whose addresses they are too is not for the organisation's eyes, which read this.
  if (decision.despite_overlaps) (*entry.after)["despite_overlaps"] = true;
  TRY_VOID(ledger::record(transaction, now, actor, entry));

  TRY(const Node node_after, load_node(transaction, review.node.id));
  TRY_VOID(record_node_edit(transaction, now, actor, node_before, node_after, "node.review"));
  return follow(transaction, now, actor, rules, review, decision, before, decided);
}

}  // namespace larder::fleet
