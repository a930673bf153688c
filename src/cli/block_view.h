// How address blocks are shown: each with its state, its size and what is wrong with it.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "terminal/table.h"

namespace larder::cli {

/// Of IpBlocks. `with_decision`: as in reviews.
terminal::Table block_table(const boost::json::array& blocks, bool with_decision = false);

/// Of IpSpaceCheck.changes: what would be gained, lost and moved.
terminal::Table change_table(const boost::json::value& changes);

}  // namespace larder::cli
