// read_fleet(): a fleet of the text of a file (docs/operations/apply.md).
#pragma once

#include <string_view>

#include "apply/fleet.h"
#include "apply/mistakes.h"
#include "core/result.h"

namespace larder::apply {

/// Errors: all that is wrong with it, as far as it can be read.
Result<Fleet, Mistakes> read_fleet(std::string_view text);

}  // namespace larder::apply
