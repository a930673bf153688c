// Registration keys: what one new cache node shows to be let in, with its organisation's customer key: together with
// the ids of both these are its activation keys.
//
// A registration key is good once and for a time; only its hash is kept.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/clock.h"
#include "database/database.h"
#include "ledger/actor.h"
#include "ledger/problem.h"

namespace larder::fleet {

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

ledger::Result<RegistrationKeyState> registration_key_state(database::Transaction& transaction, WallTime now,
                                                            std::string_view node_id);
/// The key before it, if there was one, is void.
ledger::Result<RegistrationKey> issue_registration_key(database::Transaction& transaction, WallTime now,
                                                       const ledger::Actor& actor, std::string_view organisation_id,
                                                       std::string_view node_id, std::string_view node_name,
                                                       std::chrono::hours good_for);

/// Uses a registration key up. Errors: kUnauthenticated, the same whatever is wrong: node, customer key or registration
/// key (one that was used or has expired says so, as whoever holds it may know).
ledger::Result<> redeem_registration_key(database::Transaction& transaction, WallTime now,
                                         std::string_view organisation_id, std::string_view node_id,
                                         std::string_view customer_key, std::string_view registration_key);

}  // namespace larder::fleet
