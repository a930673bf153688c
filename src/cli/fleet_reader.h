// What an organisation has now, as apply/ compares it with a file.
#pragma once

#include "apply/fleet.h"
#include "apply/plan.h"
#include "apply/present.h"
#include "cli/context.h"
#include "cli/lookup.h"

namespace larder::cli {

Result<apply::Present> read_present(Context& context, const Found& organisation);

// A plan, and what it was made from.
struct Proposal {
  apply::Present present;
  apply::Plan plan;
};

/// What has to be done for `fleet` now. What it changes or deletes is read one by one, with its version.
Result<Proposal> propose(Context& context, const Found& organisation, const apply::Fleet& fleet, bool prune);

}  // namespace larder::cli
