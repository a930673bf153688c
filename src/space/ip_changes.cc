#include "space/ip_changes.h"

#include <map>

#include "net/address_range.h"
#include "space/ip_overlaps.h"

namespace larder::space {
namespace {

using ledger::Result;

std::vector<net::AddressRange> routed_set(const IpSpace& space, bool with_review) {
  std::vector<net::Prefix> prefixes;
  for (const IpBlock& block : space.blocks) {
    if (block.state == BlockState::kApproved || (with_review && block.state == BlockState::kInReview)) {
      prefixes.push_back(block.prefix);
    }
  }
  return address_set(prefixes);
}

boost::json::object entry_of(const net::Prefix& prefix) {
  const AddressCount count = count_of(prefix);
  return {
      {"prefix", to_string(prefix)}, {"ipv4_addresses", count.ipv4_addresses}, {"ipv6_networks", count.ipv6_networks}};
}

boost::json::array entries_of(const std::vector<net::Prefix>& prefixes) {
  boost::json::array list;
  for (const net::Prefix& prefix : prefixes) list.push_back(entry_of(prefix));
  return list;
}

/// The blocks of one node that are routed today.
Result<std::vector<net::AddressRange>> routed_to(database::Transaction& transaction, std::string_view node_id) {
  TRY(const IpSpace space, load_ip_space(transaction, node_id));
  return routed_set(space, false);
}

}  // namespace

boost::json::object to_json(const IpChanges& changes) {
  boost::json::array moved;
  for (const MovedBlock& block : changes.moved) {
    boost::json::object entry = entry_of(block.prefix);
    entry["from"] = to_json(block.from);
    moved.push_back(std::move(entry));
  }
  return {{"gained", entries_of(changes.gained)}, {"lost", entries_of(changes.lost)}, {"moved", std::move(moved)}};
}

Result<IpChanges> changes_of(database::Transaction& transaction, std::string_view organisation_id,
                             std::string_view node_id, const IpSpace& before, const IpSpace& after) {
  const auto routed_before = routed_set(before, false);
  const auto routed_after = routed_set(after, true);
  const auto gained = difference(routed_after, routed_before);
  IpChanges changes;
  changes.gained = net::prefixes_of(gained);
  changes.lost = net::prefixes_of(difference(routed_before, routed_after));

  TRY(const auto overlaps, find_overlaps(transaction, organisation_id, changes.gained, node_id));
  std::map<std::string, ledger::Ref> others;
  for (const Overlap& overlap : overlaps) {
    if (overlap.organisation.id == organisation_id) others.emplace(overlap.node.id, overlap.node);
  }
  for (const auto& [id, node] : others) {
    TRY(const auto routed, routed_to(transaction, id));
    for (const net::Prefix& prefix : net::prefixes_of(intersection(gained, routed)))
      changes.moved.push_back({prefix, node});
  }
  return changes;
}

}  // namespace larder::space
