// Looking again: what waited for addresses that somebody else had, or for the organisation's sum to fall, is judged
// anew when these are gone: deleted, taken off a list, rejected, or lifted.
//
// Who has to be looked at is noted in the transaction of the change. A few of the organisation whose blocks changed are
// looked at in it too, so that nobody's request works off what others wait for; the housekeeper looks at the rest, a
// node of each organisation in turn, so that many that wait keep nobody else waiting. Those that have waited longest
// come first, among an organisation's nodes and in each turn.
//
// Cost       noting: a few index lookups for each block that goes, and a row for each node that waits for it. Looking:
//            what it costs to save the node's list.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "net/address.h"
#include "portal/audit.h"
#include "portal/ip_rejections.h"
#include "portal/ip_space.h"
#include "portal/node.h"

namespace larder::portal {

struct RecheckLimit {
  std::size_t nodes;
  std::size_t blocks_of_a_node;  // a node that has more is left for later
};
constexpr RecheckLimit kRecheckInRequest{4, 500};

/// The kind of the database::Change that says that nodes were noted.
constexpr std::string_view kRecheckChange = "ip-recheck";

/// Stores a node's new blocks, with its review and what they leave for others. REQUIRES: the node is stored.
Result<> change_ip_space(database::Transaction& transaction, WallTime now, const Actor& actor,
                         const IpSpaceRules& rules, const Node& node, const IpSpace& before, const IpSpace& after);

/// A node's blocks were `before` and are now `after` (none: it is deleted); notes who waited for what is gone.
Result<> note_gone(database::Transaction& transaction, const IpSpaceRules& rules, std::string_view organisation_id,
                   std::string_view node_id, const IpSpace& before, const IpSpace& after);
/// What was rejected of these is rejected no more; notes the nodes that wait for it, also of organisations that are
/// tied to this one.
Result<> note_lifted(database::Transaction& transaction, std::string_view organisation_id,
                     const std::vector<net::Prefix>& prefixes, std::string_view except_node);
/// The organisation's rejections go with it; notes whoever waits for one.
Result<> note_organisation_gone(database::Transaction& transaction, std::string_view organisation_id);
/// The account ties no organisations any more; notes nodes of these that wait.
Result<> note_owner_gone(database::Transaction& transaction, std::string_view account_id);

/// Lifts a rejection, and looks again at what was rejected for it or waits because of it.
Result<> lift_rejection(database::Transaction& transaction, WallTime now, const Actor& actor, const IpSpaceRules& rules,
                        const Rejection& rejection);

/// Organisations with nodes that were noted: of their ids, in order, the first `most` behind `after` ("": from the
/// first). Those whose nodes have waited longest are first in the list.
Result<std::vector<std::string>> find_waiting_organisations(database::Transaction& transaction, std::string_view after,
                                                            std::size_t most);

/// Looks at nodes of the organisation that were noted, the longest waiting first. Returns how many; 0: none is left
/// that is small enough.
Result<std::size_t> look_again(database::Transaction& transaction, WallTime now, const IpSpaceRules& rules,
                               std::string_view organisation_id, RecheckLimit limit);

}  // namespace larder::portal
