#include "node/descriptor_budget.h"

#include <algorithm>

namespace larder::node {
namespace {

constexpr std::size_t kFewestConnections = 16;
// Connections to origins, where there is enough for everybody.
constexpr std::size_t kForOrigins = 1024;
// Standard streams, logs, the status server, and files that are open for a moment.
constexpr std::size_t kOfTheProcess = 24;
// What a loop waits with, and the probe for its first listener.
constexpr std::size_t kOfALoop = 4;
// Of each socket that listens: its own, one for a successor or while it waits for its own turn, and one for when a
// successor dies, or while the process before may.
constexpr std::size_t kOfASocket = 3;
// What is said to a successor, and to the process before.
constexpr std::size_t kOfHandovers = 4;
// Its lock, and a file that is replaced.
constexpr std::size_t kOfADrive = 2;

}  // namespace

std::size_t own_descriptors(std::size_t loops, std::size_t addresses, std::size_t drives) {
  return kOfTheProcess + kOfHandovers + loops * (kOfALoop + kOfASocket * addresses) + drives * kOfADrive;
}

Result<DescriptorBudget> share_descriptors(std::size_t limit, const DescriptorNeeds& needs) {
  const std::size_t fewest = needs.own + needs.segments_full + kFewestConnections;
  if (limit < fewest) {
    return fail(
        Errc::kNoSpace,
        "this process may have {} files open, and needs at least {}: {} for the segments of its drives, the rest "
        "for connections, logs and the like. Raise its limit (RLIMIT_NOFILE: LimitNOFILE= in the unit, ulimit -n "
        "in a shell), or make store.segment_size larger",
        limit, fewest, needs.segments_full);
  }
  DescriptorBudget budget;
  const std::size_t half = (limit - needs.own - kFewestConnections) / 2;
  budget.segments = std::min(needs.segments_most, std::max(needs.segments_full, half));
  const std::size_t connections = limit - needs.own - budget.segments;
  budget.clients = connections > 2 * kForOrigins ? connections - kForOrigins : connections / 2;
  return budget;
}

}  // namespace larder::node
