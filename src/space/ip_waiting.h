// Who waits for addresses that somebody else had, or for the organisation's sum to fall, and has to be looked at again
// because these are gone: deleted, taken off a list, rejected, or lifted.
//
// It is noted in the transaction of the change. Who looks, and when: fleet/ip_recheck.h.
//
// Cost       a few index lookups for each block that goes, and a row for each node that waits for it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "database/database.h"
#include "ledger/problem.h"
#include "net/address.h"
#include "space/ip_space.h"

namespace larder::space {

/// The kind of the database::Change that says that nodes were noted.
constexpr std::string_view kRecheckChange = "ip-recheck";

/// A node's blocks were `before` and are now `after` (none: it is deleted); notes who waited for what is gone.
ledger::Result<> note_gone(database::Transaction& transaction, const IpSpaceRules& rules,
                           std::string_view organisation_id, std::string_view node_id, const IpSpace& before,
                           const IpSpace& after);
/// What was rejected of these is rejected no more; notes the nodes that wait for it, also of organisations that are
/// tied to this one.
ledger::Result<> note_lifted(database::Transaction& transaction, std::string_view organisation_id,
                             const std::vector<net::Prefix>& prefixes, std::string_view except_node);
/// The organisation's rejections go with it; notes whoever waits for one.
ledger::Result<> note_organisation_gone(database::Transaction& transaction, std::string_view organisation_id);
/// The account ties no organisations any more; notes nodes of these that wait.
ledger::Result<> note_owner_gone(database::Transaction& transaction, std::string_view account_id);

/// Organisations with nodes that were noted: of their ids, in order, the first `most` behind `after` ("": from the
/// first). Those whose nodes have waited longest are first in the list.
ledger::Result<std::vector<std::string>> find_waiting_organisations(database::Transaction& transaction,
                                                                    std::string_view after, std::size_t most);

}  // namespace larder::space
