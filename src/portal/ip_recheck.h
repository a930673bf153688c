// Looking again: what waited for something that is gone (ip_waiting.h) is judged anew.
//
// A few nodes of the organisation whose blocks changed are looked at in the transaction of the change, so that nobody's
// request works off what others wait for; the housekeeper looks at the rest, a node of each organisation in turn, so
// that many that wait keep nobody else waiting. Those that have waited longest come first, among an organisation's
// nodes and in each turn.
//
// Cost       what it costs to save the node's list.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "database/database.h"
#include "portal/actor.h"
#include "portal/ip_rejections.h"
#include "portal/ip_space.h"
#include "portal/node.h"
#include "portal/problem.h"

namespace larder::portal {

struct RecheckLimit {
  std::size_t nodes;
  std::size_t blocks_of_a_node;  // a node that has more is left for later
};
constexpr RecheckLimit kRecheckInRequest{4, 500};

/// Stores a node's new blocks, with its review and what they leave for others. REQUIRES: the node is stored.
Result<> change_ip_space(database::Transaction& transaction, WallTime now, const Actor& actor,
                         const IpSpaceRules& rules, const Node& node, const IpSpace& before, const IpSpace& after);

/// Lifts a rejection, and looks again at what was rejected for it or waits because of it.
Result<> lift_rejection(database::Transaction& transaction, WallTime now, const Actor& actor, const IpSpaceRules& rules,
                        const Rejection& rejection);

/// Looks at nodes of the organisation that were noted, the longest waiting first. Returns how many; 0: none is left
/// that is small enough.
Result<std::size_t> look_again(database::Transaction& transaction, WallTime now, const IpSpaceRules& rules,
                               std::string_view organisation_id, RecheckLimit limit);

}  // namespace larder::portal
