#include "space/ip_overlaps.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "ledger/text.h"
#include "net/address_range.h"
#include "space/block_place.h"
#include "space/special_ranges.h"

namespace larder::space {
namespace {

using database::Row;
using database::Transaction;
using database::Value;
using ledger::Result;

// Texts that go into a list are two places with a bar between them.
constexpr std::string_view kFirstOfPair = "substr(w.value, 1, 34)";
constexpr std::string_view kSecondOfPair = "substr(w.value, 36, 34)";

// As the partial indexes have them: each goes with one index on places and one on lengths.
constexpr std::string_view kApproved = "b.state = 'approved'";
constexpr std::string_view kPending = "b.state IN ('in_review', 'attention_required')";
constexpr std::string_view kOwnUndecided = "b.organisation_id = $4 AND b.state <> 'approved'";
constexpr std::string_view kOwnPending = "b.organisation_id = $4 AND b.state <> 'approved' AND b.state <> 'rejected'";

// Search: blocks of which states, and of whom, beside those of one node.
struct Search {
  std::string_view states;
  std::string_view organisation_id;
  std::string_view except_node;

  bool is_own() const { return states.find("$4") != std::string_view::npos; }
};

struct Found {
  std::string wanted;
  std::string node_id;
  std::string other;
  std::string state;
};

/// The lengths that such blocks of this realm have: few, so that what holds a block is found by asking for each.
Result<std::vector<int>> known_lengths(Transaction& transaction, const Search& search, std::string_view realm) {
  const std::string which =
      fmt::format("b.realm = $1{}{}", search.is_own() ? " AND b.organisation_id = $2" : "",
                  search.is_own() ? " AND b.state <> 'approved'" : fmt::format(" AND {}", search.states));
  std::vector<Value> values = {realm};
  if (search.is_own()) values.emplace_back(search.organisation_id);
  TRY(const auto rows,
      transaction.run(fmt::format("WITH RECURSIVE known (n) AS ("
                                  " SELECT MIN(b.length) FROM ip_block b WHERE {0}"
                                  " UNION ALL"
                                  " SELECT (SELECT MIN(b.length) FROM ip_block b WHERE {0} AND b.length > known.n)"
                                  " FROM known WHERE known.n IS NOT NULL)"
                                  " SELECT n FROM known WHERE n IS NOT NULL",
                                  which),
                      values));
  std::vector<int> lengths;
  for (const Row& row : rows) lengths.push_back(static_cast<int>(row.number(0)));
  return lengths;
}

/// The place of the block of `length` that holds `place`.
std::string place_above(const net::Prefix& prefix, int length) {
  const net::AddressNumber first = number_of(prefix.network());
  const net::AddressNumber mask = length == 0 ? 0 : ~net::AddressNumber(0) << (128 - length);
  const net::AddressNumber masked = first & mask;
  return fmt::format("{:016x}{:016x}{:02x}", static_cast<std::uint64_t>(masked >> 64),
                     static_cast<std::uint64_t>(masked), length);
}

std::vector<std::string> pairs_with_outer(const std::vector<net::Prefix>& wanted, const std::vector<int>& lengths) {
  std::vector<std::string> pairs;
  for (const net::Prefix& prefix : wanted) {
    const std::string place = place_of(prefix);
    const int own = prefix.length() + (prefix.is_v4() ? 96 : 0);
    for (const int length : lengths) {
      if (length <= own) pairs.push_back(place_above(prefix, length) + "|" + place);
    }
  }
  return pairs;
}

std::vector<std::string> pairs_with_end(const std::vector<net::Prefix>& wanted) {
  std::vector<std::string> pairs;
  for (const net::Prefix& prefix : wanted) {
    const net::AddressNumber last = range_of(prefix).last;
    pairs.push_back(fmt::format("{}|{:016x}{:016x}ff", place_of(prefix), static_cast<std::uint64_t>(last >> 64),
                                static_cast<std::uint64_t>(last)));
  }
  return pairs;
}

Result<> find(Transaction& transaction, const Search& search, std::string_view realm,
              const std::vector<std::string>& pairs, std::string_view wanted, std::string_view condition,
              std::vector<Found>& found) {
  if (pairs.empty()) return {};
  std::vector<Value> values = {ledger::json_list(pairs), realm, search.except_node};
  if (search.is_own()) values.emplace_back(search.organisation_id);
  // CROSS JOIN: SQLite then goes through the list and looks each up, and never the other way round.
  TRY(const auto rows,
      transaction.run(fmt::format("SELECT {}, b.node_id, MIN(b.place), MIN(b.state) FROM {} AS w CROSS JOIN ip_block b"
                                  " WHERE b.realm = $2 AND {} AND {} AND b.node_id <> $3 GROUP BY 1, 2",
                                  wanted, transaction.list("$1"), condition, search.states),
                      values));
  for (const Row& row : rows) found.push_back({row.text(0), row.text(1), row.text(2), row.text(3)});
  return {};
}

Result<> find_in_realm(Transaction& transaction, const Search& search, std::string_view realm,
                       const std::vector<net::Prefix>& wanted, std::vector<Found>& found) {
  TRY(const auto lengths, known_lengths(transaction, search, realm));
  if (lengths.empty()) return {};
  TRY_VOID(find(transaction, search, realm, pairs_with_outer(wanted, lengths), kSecondOfPair,
                fmt::format("b.place = {}", kFirstOfPair), found));
  return find(transaction, search, realm, pairs_with_end(wanted), kFirstOfPair,
              fmt::format("b.place > {} AND b.place <= {}", kFirstOfPair, kSecondOfPair), found);
}

Result<> find_in_realms(Transaction& transaction, const Search& search, std::string_view organisation_id,
                        const std::vector<net::Prefix>& wanted, std::vector<Found>& found) {
  std::map<std::string, std::vector<net::Prefix>> by_realm;
  for (const net::Prefix& prefix : wanted) {
    by_realm[realm_of(prefix, organisation_id)].push_back(prefix);
    if (has_private(prefix)) by_realm[is_private(prefix) ? "" : std::string(organisation_id)].push_back(prefix);
  }
  for (const auto& [realm, prefixes] : by_realm) {
    TRY_VOID(find_in_realm(transaction, search, realm, prefixes, found));
  }
  return {};
}

/// A node once for each wanted block, in the order of `wanted`.
void put_in_order(const std::vector<net::Prefix>& wanted, std::vector<Found>& found) {
  std::map<std::string, std::size_t> order;
  for (const net::Prefix& prefix : wanted) order.emplace(place_of(prefix), order.size());
  std::ranges::sort(found, {},
                    [&](const Found& one) { return std::tie(order[one.wanted], one.node_id, one.state, one.other); });
  const auto twice = std::ranges::unique(
      found, [](const Found& a, const Found& b) { return a.wanted == b.wanted && a.node_id == b.node_id; });
  found.erase(twice.begin(), twice.end());
  std::ranges::sort(found, {}, [&](const Found& one) { return std::tie(order[one.wanted], one.other, one.node_id); });
}

struct Owner {
  ledger::Ref node;
  ledger::OrganisationRef organisation;
};

Result<std::map<std::string, Owner>> owners_of(Transaction& transaction, const std::vector<Found>& found) {
  std::set<std::string> ids;
  for (const Found& one : found) ids.insert(one.node_id);
  std::map<std::string, Owner> owners;
  if (ids.empty()) return owners;
  TRY(const auto rows, transaction.run(fmt::format("SELECT n.id, n.name, o.id, o.name, o.kind FROM {} AS w"
                                                   " CROSS JOIN node n JOIN organisation o ON o.id = n.organisation_id"
                                                   " WHERE n.id = w.value",
                                                   transaction.list("$1")),
                                       {ledger::json_list({ids.begin(), ids.end()})}));
  for (const Row& row : rows) {
    owners[row.text(0)] = {{row.text(0), row.text(1)},
                           {row.text(2), row.text(3), ledger::organisation_kind(row.text(4))}};
  }
  return owners;
}

Result<std::vector<Overlap>> with_owners(Transaction& transaction, std::string_view organisation_id,
                                         const std::vector<Found>& found) {
  TRY(const auto owners, owners_of(transaction, found));
  std::vector<Overlap> overlaps;
  for (const Found& one : found) {
    const auto owner = owners.find(one.node_id);
    if (owner == owners.end()) continue;
    const net::Prefix wanted = prefix_at(one.wanted);
    if (is_private(wanted) && owner->second.organisation.id != organisation_id) continue;
    overlaps.push_back({wanted, prefix_at(one.other), one.state, owner->second.node, owner->second.organisation});
  }
  return overlaps;
}

}  // namespace

boost::json::object to_json(const Overlap& overlap) {
  return {{"prefix", to_string(overlap.wanted)},
          {"organisation", to_json(overlap.organisation)},
          {"node", to_json(overlap.node)},
          {"other_prefix", to_string(overlap.other)},
          {"state", overlap.state}};
}

std::string realm_of(const net::Prefix& prefix, std::string_view organisation_id) {
  return is_private(prefix) ? std::string(organisation_id) : std::string();
}

Result<std::vector<Overlap>> find_overlaps(Transaction& transaction, std::string_view organisation_id,
                                           const std::vector<net::Prefix>& wanted, std::string_view except_node) {
  std::vector<Found> found;
  for (const std::string_view states : {kApproved, kOwnPending}) {
    TRY_VOID(find_in_realms(transaction, {states, organisation_id, except_node}, organisation_id, wanted, found));
  }
  put_in_order(wanted, found);
  return with_owners(transaction, organisation_id, found);
}

Result<std::vector<Overlap>> find_contenders(Transaction& transaction, std::string_view organisation_id,
                                             const std::vector<net::Prefix>& wanted, std::string_view except_node,
                                             std::size_t limit) {
  std::vector<Found> found;
  for (const std::string_view states : {kApproved, kPending}) {
    std::vector<Found> more;
    TRY_VOID(find_in_realms(transaction, {states, organisation_id, except_node}, organisation_id, wanted, more));
    put_in_order(wanted, more);
    found.insert(found.end(), more.begin(), more.end());
  }
  if (found.size() > limit) found.resize(limit);
  return with_owners(transaction, organisation_id, found);
}

Result<std::vector<Overlap>> find_routed_elsewhere(Transaction& transaction, std::string_view organisation_id,
                                                   const std::vector<net::Prefix>& wanted) {
  std::vector<Found> found;
  TRY_VOID(find_in_realms(transaction, {kApproved, organisation_id, ""}, organisation_id, wanted, found));
  put_in_order(wanted, found);
  TRY(auto overlaps, with_owners(transaction, organisation_id, found));
  std::erase_if(overlaps, [&](const Overlap& overlap) { return overlap.organisation.id == organisation_id; });
  return overlaps;
}

Result<std::vector<std::string>> find_waiting_nodes(Transaction& transaction, Whose whose,
                                                    std::string_view organisation_id,
                                                    const std::vector<net::Prefix>& prefixes,
                                                    std::string_view except_node) {
  if (prefixes.empty()) return std::vector<std::string>();
  const Search search{whose == Whose::kOwn ? kOwnUndecided : kPending, organisation_id, except_node};
  std::vector<Found> found;
  TRY_VOID(find_in_realms(transaction, search, organisation_id, prefixes, found));
  std::set<std::string> ids;
  for (const Found& one : found) ids.insert(one.node_id);
  return std::vector<std::string>(ids.begin(), ids.end());
}

}  // namespace larder::space
