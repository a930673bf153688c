// Looking again: what waited for something that is gone (space/ip_waiting.h) is judged anew.
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
#include "fleet/node.h"
#include "ledger/actor.h"
#include "ledger/problem.h"
#include "space/ip_rejections.h"
#include "space/ip_space.h"

namespace larder::fleet {

struct RecheckLimit {
  std::size_t nodes;
  std::size_t blocks_of_a_node;  // a node that has more is left for later
};
constexpr RecheckLimit kRecheckInRequest{4, 500};

/// Stores a node's new blocks, with its review and what they leave for others. REQUIRES: the node is stored.
ledger::Result<> change_ip_space(database::Transaction& transaction, WallTime now, const ledger::Actor& actor,
                                 const space::IpSpaceRules& rules, const Node& node, const space::IpSpace& before,
                                 const space::IpSpace& after);

/// Lifts a rejection, and looks again at what was rejected for it or waits because of it.
ledger::Result<> lift_rejection(database::Transaction& transaction, WallTime now, const ledger::Actor& actor,
                                const space::IpSpaceRules& rules, const space::Rejection& rejection);

/// Looks at nodes of the organisation that were noted, the longest waiting first. Returns how many; 0: none is left
/// that is small enough.
ledger::Result<std::size_t> look_again(database::Transaction& transaction, WallTime now,
                                       const space::IpSpaceRules& rules, std::string_view organisation_id,
                                       RecheckLimit limit);

}  // namespace larder::fleet
