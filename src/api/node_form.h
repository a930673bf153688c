// The form of a cache node: what POST and PATCH of nodes have in common.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "api/form.h"
#include "net/address.h"
#include "portal/node.h"
#include "portal/nodes.h"

namespace larder::api {

/// Takes over into `wish` every member that `form` has; null empties a field that may be empty.
void read_node_form(Form& form, portal::FieldProblems& problems, portal::NodeWish& wish);

/// The blocks at `name`: a JSON array, or one text separated by commas, blanks or line ends. nullopt: there are none.
/// What does not parse is noted.
std::optional<portal::CidrList> read_cidr_blocks(Form& form, std::string_view name, portal::FieldProblems& problems);

}  // namespace larder::api
