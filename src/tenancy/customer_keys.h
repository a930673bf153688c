// Customer keys: what all cache nodes of an organisation show to be let in, beside a key of their own
// (fleet/registration_keys.h).
//
// An organisation has two, both good, so that one can be renewed while nodes are installed with the other.
#pragma once

#include <boost/json/array.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "database/database.h"
#include "ledger/actor.h"
#include "ledger/organisation_ref.h"
#include "ledger/problem.h"

namespace larder::tenancy {

struct CustomerKey {
  std::string slot;  // "primary", "secondary"
  std::string secret;
  std::int64_t created_at = 0;
};

ledger::Result<> make_customer_keys(database::Transaction& transaction, WallTime now, std::string_view organisation_id);
ledger::Result<std::vector<CustomerKey>> customer_keys(database::Transaction& transaction,
                                                       std::string_view organisation_id);
boost::json::array to_json(const std::vector<CustomerKey>& keys);
/// The old key of this slot is void at once, the other slot's goes on being good.
ledger::Result<> rotate_customer_key(database::Transaction& transaction, WallTime now, const ledger::Actor& actor,
                                     const ledger::OrganisationRef& organisation, std::string_view slot);

}  // namespace larder::tenancy
