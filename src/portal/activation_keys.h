// Activation keys: what a new cache node shows to be let in: customer id, cache node id, a customer key and a
// registration key.
//
// An organisation has two customer keys, both good, so that one can be renewed while nodes are installed with the
// other. A registration key is good once and for a time; only its hash is kept.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "portal/audit.h"
#include "portal/organisation_ref.h"
#include "portal/problem.h"

namespace larder::portal {

struct CustomerKey {
  std::string slot;  // "primary", "secondary"
  std::string secret;
  std::int64_t created_at = 0;
};

struct RegistrationKeyState {
  std::string state;  // "none", "valid", "used", "expired"
  std::optional<std::int64_t> expires_at;
  std::optional<std::int64_t> used_at;
};

/// A registration key as it is issued, the only time that it is shown.
struct RegistrationKey {
  std::string secret;
  std::int64_t expires_at = 0;
};

Result<> make_customer_keys(database::Transaction& transaction, WallTime now, std::string_view organisation_id);
Result<std::vector<CustomerKey>> customer_keys(database::Transaction& transaction, std::string_view organisation_id);
boost::json::array to_json(const std::vector<CustomerKey>& keys);
/// The old key of this slot is void at once, the other slot's goes on being good.
Result<> rotate_customer_key(database::Transaction& transaction, WallTime now, const Actor& actor,
                             const OrganisationRef& organisation, std::string_view slot);

Result<RegistrationKeyState> registration_key_state(database::Transaction& transaction, WallTime now,
                                                    std::string_view node_id);
/// The key before it, if there was one, is void.
Result<RegistrationKey> issue_registration_key(database::Transaction& transaction, WallTime now, const Actor& actor,
                                               std::string_view organisation_id, std::string_view node_id,
                                               std::string_view node_name, std::chrono::hours good_for);

/// Uses a registration key up. Errors: kUnauthenticated, the same whatever is wrong: node, customer key or registration
/// key (one that was used or has expired says so, as whoever holds it may know).
Result<> redeem_registration_key(database::Transaction& transaction, WallTime now, std::string_view organisation_id,
                                 std::string_view node_id, std::string_view customer_key,
                                 std::string_view registration_key);

}  // namespace larder::portal
