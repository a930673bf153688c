// DescriptorBudget: how the files that this process may have open are shared out.
//
// Threads    pure functions.
#pragma once

#include <cstddef>

#include "core/result.h"

namespace larder::node {

struct DescriptorNeeds {
  std::size_t own = 0;            // event loops, listeners, logs, locks
  std::size_t segments_full = 0;  // what the drives need to be filled
  std::size_t segments_most = 0;  // what they may make use of
};

struct DescriptorBudget {
  std::size_t segments = 0;
  std::size_t clients = 0;  // connections; the rest is for those to origins
};

/// What this many loops, listening addresses and drives need beside segments and connections.
std::size_t own_descriptors(std::size_t loops, std::size_t addresses, std::size_t drives);

/// `limit`: of the process. Errors: kNoSpace; the text names the limit and what is needed.
Result<DescriptorBudget> share_descriptors(std::size_t limit, const DescriptorNeeds& needs);

}  // namespace larder::node
