// The form of a cache node: what POST and PATCH of nodes have in common.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "api/form.h"
#include "fleet/node.h"
#include "fleet/nodes.h"
#include "net/address.h"

namespace larder::endpoints {

/// Takes over into `wish` every member that `form` has; null empties a field that may be empty.
void read_node_form(api::Form& form, ledger::FieldProblems& problems, fleet::NodeWish& wish);

/// The blocks at `name`: a JSON array, or one text separated by commas, blanks or line ends. nullopt: there are none.
/// What does not parse is noted.
std::optional<space::CidrList> read_cidr_blocks(api::Form& form, std::string_view name,
                                                ledger::FieldProblems& problems);

}  // namespace larder::endpoints
