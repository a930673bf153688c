#include "portal/ip_overlaps.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "portal/address_range.h"
#include "portal/special_ranges.h"
#include "portal/text.h"

namespace larder::portal {
namespace {

using database::Row;
using database::Transaction;

// Texts that go into a list are two places with a bar between them.
constexpr std::string_view kFirstOfPair = "substr(w.value, 1, 34)";
constexpr std::string_view kSecondOfPair = "substr(w.value, 36, 34)";

struct Found {
  std::string wanted;
  std::string node_id;
  std::string other;
  std::int64_t count;
};

/// The lengths that blocks of this realm have: few, so that what holds a block is found by asking for each.
Result<std::vector<int>> known_lengths(Transaction& transaction, std::string_view realm) {
  TRY(const auto rows,
      transaction.run("WITH RECURSIVE known (n) AS ("
                      " SELECT MIN(length) FROM ip_block WHERE realm = $1"
                      " UNION ALL"
                      " SELECT (SELECT MIN(b.length) FROM ip_block b WHERE b.realm = $1 AND b.length > known.n)"
                      " FROM known WHERE known.n IS NOT NULL)"
                      " SELECT n FROM known WHERE n IS NOT NULL",
                      {realm}));
  std::vector<int> lengths;
  for (const Row& row : rows) lengths.push_back(static_cast<int>(row.number(0)));
  return lengths;
}

/// The place of the block of `length` that holds `place`.
std::string place_above(const net::Prefix& prefix, int length) {
  const AddressNumber first = number_of(prefix.network());
  const AddressNumber mask = length == 0 ? 0 : ~AddressNumber(0) << (128 - length);
  const AddressNumber masked = first & mask;
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
    const AddressNumber last = range_of(prefix).last;
    pairs.push_back(fmt::format("{}|{:016x}{:016x}ff", place_of(prefix), static_cast<std::uint64_t>(last >> 64),
                                static_cast<std::uint64_t>(last)));
  }
  return pairs;
}

Result<> find(Transaction& transaction, std::string_view realm, std::string_view except_node,
              const std::vector<std::string>& pairs, std::string_view wanted, std::string_view condition,
              std::vector<Found>& found) {
  if (pairs.empty()) return {};
  // CROSS JOIN: SQLite then goes through the list and looks each up, and never the other way round.
  TRY(const auto rows,
      transaction.run(fmt::format("SELECT {}, b.node_id, MIN(b.place), COUNT(*) FROM {} AS w CROSS JOIN ip_block b"
                                  " WHERE b.realm = $2 AND {} AND b.state IN ('approved', 'in_review')"
                                  " AND b.node_id <> $3 GROUP BY 1, 2",
                                  wanted, transaction.list("$1"), condition),
                      {json_list(pairs), realm, except_node}));
  for (const Row& row : rows) found.push_back({row.text(0), row.text(1), row.text(2), row.number(3)});
  return {};
}

Result<std::vector<Found>> find_in_realm(Transaction& transaction, std::string_view realm,
                                         const std::vector<net::Prefix>& wanted, std::string_view except_node) {
  std::vector<Found> found;
  TRY(const auto lengths, known_lengths(transaction, realm));
  TRY_VOID(find(transaction, realm, except_node, pairs_with_outer(wanted, lengths), kSecondOfPair,
                fmt::format("b.place = {}", kFirstOfPair), found));
  TRY_VOID(find(transaction, realm, except_node, pairs_with_end(wanted), kFirstOfPair,
                fmt::format("b.place > {} AND b.place <= {}", kFirstOfPair, kSecondOfPair), found));
  return found;
}

struct Owner {
  Ref node;
  OrganisationRef organisation;
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
                                       {json_list({ids.begin(), ids.end()})}));
  for (const Row& row : rows) {
    owners[row.text(0)] = {{row.text(0), row.text(1)}, {row.text(2), row.text(3), organisation_kind(row.text(4))}};
  }
  return owners;
}

}  // namespace

std::string realm_of(const net::Prefix& prefix, std::string_view organisation_id) {
  return is_private(prefix) ? std::string(organisation_id) : std::string();
}

Result<std::vector<Overlap>> find_overlaps(Transaction& transaction, std::string_view organisation_id,
                                           const std::vector<net::Prefix>& wanted, std::string_view except_node) {
  std::map<std::string, std::vector<net::Prefix>> by_realm;
  std::map<std::string, std::size_t> order;
  for (const net::Prefix& prefix : wanted) {
    order.emplace(place_of(prefix), order.size());
    by_realm[realm_of(prefix, organisation_id)].push_back(prefix);
    if (has_private(prefix)) by_realm[is_private(prefix) ? "" : std::string(organisation_id)].push_back(prefix);
  }
  std::vector<Found> found;
  for (const auto& [realm, prefixes] : by_realm) {
    TRY(const auto more, find_in_realm(transaction, realm, prefixes, except_node));
    found.insert(found.end(), more.begin(), more.end());
  }
  std::sort(found.begin(), found.end(), [&](const Found& a, const Found& b) {
    return std::tuple(order[a.wanted], a.other, a.node_id) < std::tuple(order[b.wanted], b.other, b.node_id);
  });
  TRY(const auto owners, owners_of(transaction, found));
  std::vector<Overlap> overlaps;
  for (const Found& one : found) {
    const auto owner = owners.find(one.node_id);
    if (owner == owners.end()) continue;
    const net::Prefix wanted_one = prefix_at(one.wanted);
    if (is_private(wanted_one) && owner->second.organisation.id != organisation_id) continue;
    overlaps.push_back({wanted_one, prefix_at(one.other), one.count, owner->second.node, owner->second.organisation});
  }
  return overlaps;
}

}  // namespace larder::portal
