// Second factor: one-time codes of a telephone (totp.h), and ten recovery codes for when it is lost, each good once.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "database/database.h"
#include "ledger/actor.h"
#include "ledger/problem.h"

namespace larder::identity {

constexpr int kRecoveryCodes = 10;

struct TotpSetup {
  std::string secret;
  std::string uri;
};
/// A new secret, not in force until confirm_totp(). Errors: kConflict (one is in force).
ledger::Result<TotpSetup> begin_totp(database::Transaction& transaction, const std::string& user_id);
/// Puts the secret in force if `code` is one of its codes; returns the recovery codes, shown once.
/// Errors: kConflict (nothing was begun), kInvalid (pointer /code).
ledger::Result<std::vector<std::string>> confirm_totp(database::Transaction& transaction, WallTime now,
                                                      const ledger::Actor& actor, const std::string& user_id,
                                                      std::string_view code);
/// Errors: kConflict (none is in force).
ledger::Result<> remove_totp(database::Transaction& transaction, WallTime now, const ledger::Actor& actor,
                             const std::string& user_id);

/// Whether `code` is a one-time code or a recovery code of the user that was not used yet; it is used from here on.
ledger::Result<bool> use_second_factor(database::Transaction& transaction, WallTime now, const std::string& user_id,
                                       std::string_view code);

}  // namespace larder::identity
