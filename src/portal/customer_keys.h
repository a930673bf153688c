// Customer keys: what all cache nodes of an organisation show to be let in, beside a key of their own
// (registration_keys.h).
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
#include "portal/actor.h"
#include "portal/organisation_ref.h"
#include "portal/problem.h"

namespace larder::portal {

struct CustomerKey {
  std::string slot;  // "primary", "secondary"
  std::string secret;
  std::int64_t created_at = 0;
};

Result<> make_customer_keys(database::Transaction& transaction, WallTime now, std::string_view organisation_id);
Result<std::vector<CustomerKey>> customer_keys(database::Transaction& transaction, std::string_view organisation_id);
boost::json::array to_json(const std::vector<CustomerKey>& keys);
/// The old key of this slot is void at once, the other slot's goes on being good.
Result<> rotate_customer_key(database::Transaction& transaction, WallTime now, const Actor& actor,
                             const OrganisationRef& organisation, std::string_view slot);

}  // namespace larder::portal
