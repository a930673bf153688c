// What an edit of a node's blocks would change in routing, before it is applied.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/ref.h"
#include "net/address.h"
#include "space/ip_space.h"

namespace larder::space {

struct MovedBlock {
  net::Prefix prefix;
  ledger::Ref from;
};

/// As if everything that goes to review were approved.
struct IpChanges {
  std::vector<net::Prefix> gained;  // not routed to this node today
  std::vector<net::Prefix> lost;    // routed to it today, and then no more
  std::vector<MovedBlock> moved;    // what of `gained` is routed to another node of the organisation today
};
boost::json::object to_json(const IpChanges& changes);

ledger::Result<IpChanges> changes_of(database::Transaction& transaction, std::string_view organisation_id,
                                     std::string_view node_id, const IpSpace& before, const IpSpace& after);

}  // namespace larder::space
