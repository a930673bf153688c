#include "fleet/address_conflicts.h"

#include <fmt/format.h>

#include <set>

#include "database/database.h"
#include "net/address.h"

namespace larder::fleet {
namespace {

using database::Row;
using database::Transaction;
using ledger::Result;

bool is_public(const std::optional<std::string>& address) {
  const auto parsed = net::parse_address(address.value_or(""));
  return parsed && parsed->is_public();
}

std::optional<std::string> public_only(const std::optional<std::string>& address) {
  return is_public(address) ? address : std::nullopt;
}

}  // namespace

boost::json::array to_json(const std::vector<AddressConflict>& conflicts) {
  boost::json::array list;
  for (const AddressConflict& conflict : conflicts) {
    list.push_back(boost::json::object{{"pointer", conflict.pointer},
                                       {"address", conflict.address},
                                       {"node", to_json(conflict.node)},
                                       {"organisation", to_json(conflict.organisation)}});
  }
  return list;
}

Result<std::vector<AddressConflict>> find_address_conflicts(Transaction& transaction, const Node& node) {
  std::vector<AddressConflict> found;
  const auto ipv4 = public_only(node.settings.ipv4_address);
  const auto ipv6 = public_only(node.settings.ipv6_address);
  if (!ipv4 && !ipv6) return found;
  TRY(const auto rows,
      transaction.run(fmt::format("SELECT n.id, n.name, o.id, o.name, o.kind, n.ipv4_address FROM node n"
                                  " JOIN organisation o ON o.id = n.organisation_id"
                                  " WHERE (n.ipv4_address = $1 OR n.ipv6_address = $2) AND n.organisation_id <> $3"
                                  " ORDER BY n.created_at, n.id LIMIT {}",
                                  kConflictsShown),
                      {ipv4, ipv6, node.organisation.id}));
  for (const Row& row : rows) {
    const bool same_ipv4 = ipv4 && row.optional_text(5) == ipv4;
    found.push_back({same_ipv4 ? "/ipv4_address" : "/ipv6_address",
                     same_ipv4 ? *ipv4 : *ipv6,
                     {row.text(0), row.text(1)},
                     {row.text(2), row.text(3), ledger::organisation_kind(row.text(4))}});
  }
  return found;
}

Result<std::vector<std::string>> nodes_in_conflict(Transaction& transaction) {
  std::set<std::string> ids;
  for (const std::string_view column : {"ipv4_address", "ipv6_address"}) {
    TRY(const auto rows, transaction.run(fmt::format("SELECT a.id, a.{0} FROM node a WHERE EXISTS ("
                                                     " SELECT 1 FROM node b WHERE b.{0} = a.{0}"
                                                     " AND b.organisation_id <> a.organisation_id)",
                                                     column)));
    for (const Row& row : rows) {
      if (is_public(row.text(1))) ids.insert(row.text(0));
    }
  }
  return std::vector<std::string>(ids.begin(), ids.end());
}

}  // namespace larder::fleet
