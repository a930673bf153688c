// Overlaps: which blocks of other cache nodes share addresses with blocks that somebody wants.
//
// Only what is approved stands in another organisation's way; what waits for a review is shown to administrators and
// changes nothing for others. Private addresses are an organisation's own affair: 10.0.0.0/8 of one has nothing to do
// with 10.0.0.0/8 of another.
//
// Cost       a few index lookups for each wanted block, in two statements: `scripts/bench portal`. Claims that wait
//            have indexes of their own, and cost only whoever asks about them.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/organisation_ref.h"
#include "ledger/problem.h"
#include "ledger/ref.h"
#include "net/address.h"

namespace larder::space {

struct Overlap {
  net::Prefix wanted;
  net::Prefix other;  // the first one of that node
  std::string state;  // of the other: "approved", "in_review", "attention_required"
  ledger::Ref node;
  ledger::OrganisationRef organisation;
};

boost::json::object to_json(const Overlap& overlap);

/// '' for public addresses, `organisation_id` for private ones. A block that holds both is in ''; it can overlap with
/// what is in the organisation's own realm too, and else blocks overlap only within a realm.
std::string realm_of(const net::Prefix& prefix, std::string_view organisation_id);

/// What is in the way: approved blocks of anybody, and the organisation's own that wait. In the order of `wanted`;
/// blocks of `except_node` are not looked at ("": of none).
ledger::Result<std::vector<Overlap>> find_overlaps(database::Transaction& transaction, std::string_view organisation_id,
                                                   const std::vector<net::Prefix>& wanted,
                                                   std::string_view except_node);

/// For administrators: approved blocks of anybody, then what waits of anybody; at most `limit` of all.
ledger::Result<std::vector<Overlap>> find_contenders(database::Transaction& transaction,
                                                     std::string_view organisation_id,
                                                     const std::vector<net::Prefix>& wanted,
                                                     std::string_view except_node, std::size_t limit);

/// Approved blocks of other organisations, in the order of `wanted`: addresses that are routed there.
ledger::Result<std::vector<Overlap>> find_routed_elsewhere(database::Transaction& transaction,
                                                           std::string_view organisation_id,
                                                           const std::vector<net::Prefix>& wanted);

enum class Whose { kAnybodys, kOwn };
/// The ids of nodes that have blocks over `prefixes` that wait for something; of kOwn also rejected ones.
ledger::Result<std::vector<std::string>> find_waiting_nodes(database::Transaction& transaction, Whose whose,
                                                            std::string_view organisation_id,
                                                            const std::vector<net::Prefix>& prefixes,
                                                            std::string_view except_node);

}  // namespace larder::space
