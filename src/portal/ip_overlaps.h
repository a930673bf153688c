// Overlaps: which blocks of other cache nodes share addresses with blocks that somebody wants.
//
// Only what is routed or in review counts. Private addresses are an organisation's own affair: 10.0.0.0/8 of one has
// nothing to do with 10.0.0.0/8 of another.
//
// Cost       a few index lookups for each wanted block, in two statements: `scripts/bench portal`.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/address.h"
#include "portal/organisations.h"
#include "portal/problem.h"
#include "portal/resources.h"

namespace larder::portal {

struct Overlap {
  net::Prefix wanted;
  net::Prefix other;       // the first one of that node
  std::int64_t count = 1;  // how many of that node's blocks overlap `wanted`
  Ref node;
  OrganisationRef organisation;
};

/// '' for public addresses, `organisation_id` for private ones. A block that holds both is in ''; it can overlap with
/// what is in the organisation's own realm too, and else blocks overlap only within a realm.
std::string realm_of(const net::Prefix& prefix, std::string_view organisation_id);

/// In the order of `wanted`; blocks of `except_node` are not looked at ("": of none).
Result<std::vector<Overlap>> find_overlaps(database::Transaction& transaction, std::string_view organisation_id,
                                           const std::vector<net::Prefix>& wanted, std::string_view except_node);

}  // namespace larder::portal
