// The part of ip_space.h that reads and writes the tables ip_block and node.
#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <map>

#include "space/block_place.h"
#include "space/ip_overlaps.h"
#include "space/ip_space.h"

namespace larder::space {
namespace {

using database::Row;
using database::Transaction;
using database::Value;
using ledger::Result;

constexpr std::size_t kBlocksAStatement = 200;
constexpr std::size_t kColumns = 9;

std::string reasons_text(const std::vector<Reason>& reasons) {
  boost::json::array list;
  for (const Reason& reason : reasons) {
    boost::json::object entry{{"code", reason.code}, {"detail", reason.detail}};
    if (reason.node) entry["node"] = to_json(*reason.node);
    list.push_back(std::move(entry));
  }
  return boost::json::serialize(list);
}

std::vector<Reason> parsed_reasons(std::string_view text) {
  std::vector<Reason> reasons;
  const auto list = boost::json::parse(text);
  for (const auto& value : list.as_array()) {
    const auto& entry = value.as_object();
    Reason reason{std::string(entry.at("code").as_string()), std::string(entry.at("detail").as_string()), std::nullopt};
    if (const auto* node = entry.if_contains("node")) {
      reason.node = ledger::Ref{std::string(node->at("id").as_string()), std::string(node->at("name").as_string())};
    }
    reasons.push_back(std::move(reason));
  }
  return reasons;
}

/// "($1, $2, ... $9), ($10, ..."
std::string placeholders(std::size_t rows) {
  std::string text;
  for (std::size_t i = 0; i < rows * kColumns; ++i) {
    text += i % kColumns == 0 ? (i == 0 ? "(" : "), (") : ", ";
    text += fmt::format("${}", i + 1);
  }
  return text + ")";
}

Result<> insert_blocks(Transaction& transaction, std::string_view organisation_id, std::string_view node_id,
                       const IpSpace& space) {
  for (std::size_t from = 0; from < space.blocks.size(); from += kBlocksAStatement) {
    const std::size_t count = std::min(kBlocksAStatement, space.blocks.size() - from);
    std::vector<Value> values;
    for (std::size_t i = from; i < from + count; ++i) {
      const IpBlock& block = space.blocks[i];
      values.emplace_back(node_id);
      values.emplace_back(place_of(block.prefix));
      values.emplace_back(block.prefix.length() + (block.prefix.is_v4() ? 96 : 0));
      values.emplace_back(realm_of(block.prefix, organisation_id));
      values.emplace_back(i);
      values.emplace_back(to_string(block.state));
      values.emplace_back(reasons_text(block.reasons));
      values.emplace_back(block.since);
      values.emplace_back(organisation_id);
    }
    TRY_VOID(
        transaction.run("INSERT INTO ip_block (node_id, place, length, realm, position, state, reasons_json,"
                        " since, organisation_id) VALUES " +
                            placeholders(count),
                        values));
  }
  return {};
}

IpSpace space_of(const database::Rows& rows) {
  IpSpace space;
  for (const Row& row : rows) {
    space.blocks.push_back(
        {prefix_at(row.text(0)), block_state(row.text(1)), parsed_reasons(row.text(2)), row.number(3)});
  }
  return space;
}

}  // namespace

Result<IpSpace> load_ip_space(Transaction& transaction, std::string_view node_id) {
  TRY(const auto rows, transaction.run("SELECT place, state, reasons_json, since FROM ip_block WHERE node_id = $1"
                                       " ORDER BY position",
                                       {node_id}));
  return space_of(rows);
}

Result<IpSpace> load_pending(Transaction& transaction, std::string_view node_id, std::size_t limit) {
  TRY(const auto rows, transaction.run("SELECT place, state, reasons_json, since FROM ip_block WHERE node_id = $1"
                                       " AND state IN ('in_review', 'attention_required') ORDER BY position LIMIT $2",
                                       {node_id, limit}));
  return space_of(rows);
}

Result<> save_ip_space(Transaction& transaction, std::string_view organisation_id, std::string_view node_id,
                       const IpSpace& space, const std::optional<std::string>& feedback) {
  TRY_VOID(transaction.run("DELETE FROM ip_block WHERE node_id = $1", {node_id}));
  TRY_VOID(insert_blocks(transaction, organisation_id, node_id, space));
  const AddressCount requested = space.requested();
  const AddressCount routed = space.routed();
  TRY_VOID(
      transaction.run("UPDATE node SET ip_space_state = $2, ip_space_feedback = $3, ipv4_addresses = $4,"
                      " ipv6_networks = $5, routed_ipv4_addresses = $6, routed_ipv6_networks = $7,"
                      " pending_addresses = $8 WHERE id = $1",
                      {node_id, to_string(space.state()), feedback, requested.ipv4_addresses, requested.ipv6_networks,
                       routed.ipv4_addresses, routed.ipv6_networks, std::min(space.pending().total(), kMostClaimed)}));
  return {};
}

Result<Claims> load_claims(Transaction& transaction, std::string_view organisation_id, std::string_view except_node) {
  TRY(const auto rows,
      transaction.run(fmt::format("SELECT CAST(COALESCE(SUM(CASE WHEN {0} > {1} THEN {1} ELSE {0} END), 0) AS BIGINT),"
                                  " CAST(COALESCE(SUM(pending_addresses), 0) AS BIGINT)"
                                  " FROM node WHERE organisation_id = $1 AND id <> $2",
                                  "(routed_ipv4_addresses + routed_ipv6_networks)", kMostClaimed),
                      {organisation_id, except_node}));
  return Claims{rows[0].number(0), rows[0].number(1)};
}

}  // namespace larder::space
