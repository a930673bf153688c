#include "space/ip_reviews.h"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <limits>
#include <set>

#include "ledger/secret.h"
#include "ledger/text.h"
#include "ledger/time.h"
#include "space/block_place.h"

namespace larder::space {
namespace {

using database::Row;
using database::Transaction;
using database::Value;
using ledger::Actor;
using ledger::AuditRecord;
using ledger::PageQuery;
using ledger::ProblemKind;
using ledger::Ref;
using ledger::refuse;
using ledger::Result;
using ledger::time_to_string;
using ledger::to_ms;

constexpr std::string_view kColumns =
    "v.id, v.node_id, v.node_name, v.organisation_id, v.organisation_name, v.organisation_kind, v.state,"
    " v.requested_by_id, v.requested_by_name, v.requested_at, v.blocks_json, v.feedback, v.decided_by_id,"
    " v.decided_by_name, v.decided_at";
constexpr std::size_t kColumnCount = 15;

Review from_row(const Row& row) {
  Review review;
  review.id = row.text(0);
  review.node = {row.text(1), row.text(2)};
  review.organisation = {row.text(3), row.text(4), ledger::organisation_kind(row.text(5))};
  review.state = row.text(6);
  review.requested_by_id = row.optional_text(7);
  review.requested_by_name = row.text(8);
  review.requested_at = row.number(9);
  review.blocks = boost::json::parse(row.text(10)).as_array();
  review.feedback = row.optional_text(11);
  review.decided_by_id = row.optional_text(12);
  review.decided_by_name = row.optional_text(13);
  review.decided_at = row.optional_number(14);
  review.block_count = static_cast<std::int64_t>(review.blocks.size());
  for (const auto& block : review.blocks) {
    review.count += {block.at("ipv4_addresses").as_int64(), block.at("ipv6_networks").as_int64()};
  }
  return review;
}

/// What an open review is about lies in the node's blocks, not in its row: the first `limit` of them.
Result<> fill_open(Transaction& transaction, Review& review, std::size_t limit) {
  if (review.state != "open") return {};
  TRY(const auto places, transaction.run("SELECT place FROM ip_block WHERE node_id = $1"
                                         " AND state IN ('in_review', 'attention_required')",
                                         {review.node.id}));
  for (const Row& row : places) review.count += count_of(prefix_at(row.text(0)));
  review.block_count = static_cast<std::int64_t>(places.size());
  TRY(const IpSpace space, load_pending(transaction, review.node.id, limit));
  for (const IpBlock& block : space.blocks) review.blocks.push_back(review_entry(block, nullptr));
  TRY(review.overlaps, find_contenders(transaction, review.organisation.id, space.prefixes(), review.node.id,
                                       std::min(limit, kOverlapsShown)));
  TRY(review.rejections,
      find_met(transaction, review.organisation.id, space.prefixes(), std::min(limit, kOverlapsShown)));
  return {};
}

/// Those of a decided review's blocks here that it approved, and that the node still has.
Result<std::vector<net::Prefix>> still_approved(Transaction& transaction, const Review& review) {
  std::vector<std::string> places;
  for (const auto& block : review.blocks) {
    const auto prefix = net::parse_prefix(std::string_view(block.at("prefix").as_string()));
    if (prefix && block.at("decision") == "approved") places.push_back(place_of(*prefix));
  }
  std::vector<net::Prefix> approved;
  if (places.empty()) return approved;
  TRY(const auto rows, transaction.run(fmt::format("SELECT b.place FROM {} AS w CROSS JOIN ip_block b"
                                                   " WHERE b.node_id = $2 AND b.place = w.value"
                                                   " AND b.state = 'approved' ORDER BY b.position",
                                                   transaction.list("$1")),
                                       {ledger::json_list(places), review.node.id}));
  for (const Row& row : rows) approved.push_back(prefix_at(row.text(0)));
  return approved;
}

/// What a decision gave to two organisations is told as long as both have it.
Result<> fill_decided(Transaction& transaction, Review& review, std::size_t limit) {
  if (review.state != "approved" && review.state != "partly_approved") return {};
  TRY(const auto approved, still_approved(transaction, review));
  TRY(review.overlaps, find_routed_elsewhere(transaction, review.organisation.id, approved));
  const std::size_t shown = std::min({review.overlaps.size(), limit, kOverlapsShown});
  review.overlaps.erase(review.overlaps.begin() + static_cast<std::ptrdiff_t>(shown), review.overlaps.end());
  return {};
}

boost::json::value person(const std::optional<std::string>& id, const std::optional<std::string>& name) {
  if (!name) return nullptr;
  return boost::json::object{{"id", id ? boost::json::value(*id) : boost::json::value(nullptr)}, {"name", *name}};
}

template <class T>
boost::json::value or_null(const std::optional<T>& value) {
  return value ? boost::json::value(*value) : boost::json::value(nullptr);
}

Result<> open(Transaction& transaction, WallTime now, const Actor& actor, const ledger::OrganisationRef& organisation,
              const Ref& node) {
  Review review;
  review.id = ledger::new_id(now);
  review.organisation = organisation;
  review.node = node;
  TRY_VOID(
      transaction.run("INSERT INTO ip_review (id, node_id, node_name, organisation_id, organisation_name,"
                      " organisation_kind, state, requested_by_id, requested_by_name, requested_at, blocks_json)"
                      " VALUES ($1, $2, $3, $4, $5, $6, 'open', $7, $8, $9, '[]')",
                      {review.id, node.id, node.name, organisation.id, organisation.name, to_string(organisation.kind),
                       actor.user_id, actor.name, to_ms(now)}));
  AuditRecord entry = review_record(review, "review.open");
  entry.after = boost::json::object{{"state", "open"}, {"node", to_json(node)}};
  return ledger::record(transaction, now, actor, entry);
}

}  // namespace

boost::json::object review_entry(const IpBlock& block, boost::json::value decision) {
  boost::json::object entry = to_json(block);
  entry["decision"] = std::move(decision);
  return entry;
}

AuditRecord review_record(const Review& review, std::string action) {
  AuditRecord entry;
  entry.organisation_id = review.organisation.id;
  entry.action = std::move(action);
  entry.kind = "review";
  entry.object_id = review.id;
  entry.object_name = review.node.name;
  return entry;
}

boost::json::object to_json(const Review& review) {
  boost::json::array overlaps;
  for (const Overlap& overlap : review.overlaps) overlaps.push_back(to_json(overlap));
  boost::json::array rejections;
  for (const MetRejection& met : review.rejections) rejections.push_back(to_json(met));
  const auto decided_at =
      review.decided_at ? boost::json::value(time_to_string(*review.decided_at)) : boost::json::value(nullptr);
  return {{"id", review.id},
          {"organisation", to_json(review.organisation)},
          {"node", to_json(review.node)},
          {"state", review.state},
          {"requested_by", person(review.requested_by_id, review.requested_by_name)},
          {"requested_at", time_to_string(review.requested_at)},
          {"ipv4_addresses", review.count.ipv4_addresses},
          {"ipv6_networks", review.count.ipv6_networks},
          {"block_count", review.block_count},
          {"blocks", review.blocks},
          {"overlaps", std::move(overlaps)},
          {"rejections", std::move(rejections)},
          {"feedback", or_null(review.feedback)},
          {"decided_by", person(review.decided_by_id, review.decided_by_name)},
          {"decided_at", decided_at}};
}

Result<Review> load_review(Transaction& transaction, std::string_view id) {
  TRY(const auto rows, transaction.run(fmt::format("SELECT {} FROM ip_review v WHERE v.id = $1", kColumns), {id}));
  if (rows.empty()) return refuse(ProblemKind::kNotFound, "there is no such review");
  Review review = from_row(rows[0]);
  TRY_VOID(fill_open(transaction, review, std::numeric_limits<std::int32_t>::max()));
  TRY_VOID(fill_decided(transaction, review, kOverlapsShown));
  return review;
}

Result<ledger::Step<Review>> list_reviews(Transaction& transaction, const ReviewFilter& filter, const PageQuery& page) {
  std::vector<Value> values;
  std::string where = "1 = 1";
  if (filter.state) {
    values.emplace_back(*filter.state);
    where += fmt::format(" AND v.state = ${}", values.size());
  }
  if (filter.organisation) {
    values.emplace_back(*filter.organisation);
    where += fmt::format(" AND v.organisation_id = ${}", values.size());
  }
  where += page.where("v.id", values);
  TRY(const auto sizes,
      transaction.run(fmt::format("SELECT CAST(LENGTH(v.blocks_json) AS BIGINT) FROM ip_review v WHERE {}{}", where,
                                  page.order("v.id")),
                      values));
  const std::size_t length = ledger::step_length(sizes, page.limit);
  ledger::Step<Review> step;
  if (length == 0) return step;
  step.more = sizes.size() > length;
  TRY(const auto rows, transaction.run(fmt::format("SELECT {}, {} FROM ip_review v WHERE {}{}", kColumns, page.key(),
                                                   where, page.order("v.id", length)),
                                       values));
  for (const Row& row : rows) {
    step.items.push_back({from_row(row), row.value(kColumnCount)});
    Review& review = step.items.back().item;
    if (review.blocks.size() > kBlocksInList) review.blocks.resize(kBlocksInList);
    TRY_VOID(fill_open(transaction, review, kBlocksInList));
    TRY_VOID(fill_decided(transaction, review, kBlocksInList));
  }
  return step;
}

Result<std::optional<std::string>> open_review(Transaction& transaction, std::string_view node_id) {
  TRY(const auto rows, transaction.run("SELECT id FROM ip_review WHERE node_id = $1 AND state = 'open'", {node_id}));
  return rows.empty() ? std::nullopt : std::optional(rows[0].text(0));
}

Result<> end_review(Transaction& transaction, WallTime now, const Actor& actor, const Ref& node, const IpSpace& before,
                    const IpSpace& after) {
  std::set<net::Prefix> seen;
  for (const IpBlock& block : before.blocks) {
    if (is_pending(block)) seen.insert(block.prefix);
  }
  const bool unseen = std::any_of(after.blocks.begin(), after.blocks.end(), [&](const IpBlock& block) {
    return is_pending(block) && !seen.contains(block.prefix);
  });
  if (!unseen && after.has_pending()) return {};
  TRY_VOID(withdraw_review(transaction, now, actor, node.id));
  return {};
}

Result<> begin_review(Transaction& transaction, WallTime now, const Actor& actor,
                      const ledger::OrganisationRef& organisation, const Ref& node, const IpSpace& after) {
  if (!after.has_pending()) return {};
  TRY(const auto opened, open_review(transaction, node.id));
  if (opened) return {};
  return open(transaction, now, actor, organisation, node);
}

Result<std::int64_t> withdraw_review(Transaction& transaction, WallTime now, const Actor& actor,
                                     std::string_view node_id) {
  TRY(const auto opened, open_review(transaction, node_id));
  if (!opened) return 0;
  TRY(const Review review, load_review(transaction, *opened));
  TRY_VOID(
      transaction.run("UPDATE ip_review SET state = 'withdrawn', blocks_json = $2, decided_by_id = $3,"
                      " decided_by_name = $4, decided_at = $5 WHERE id = $1",
                      {review.id, boost::json::serialize(review.blocks), actor.user_id, actor.name, to_ms(now)}));
  AuditRecord entry = review_record(review, "review.withdraw");
  entry.before = boost::json::object{{"state", "open"}};
  entry.after = boost::json::object{{"state", "withdrawn"}};
  TRY_VOID(ledger::record(transaction, now, actor, entry));
  return 1;
}

}  // namespace larder::space
