// FirstAdmin: who can sign in to a new portal; and a new password for who is locked out of an old one.
#pragma once

#include <optional>
#include <string>

#include "core/clock.h"
#include "database/database.h"
#include "identity/sign_in_config.h"
#include "ledger/problem.h"

namespace larder::identity {

struct FirstAdmin {
  std::string email;
  std::string password;
};
/// If there is no user: makes the administrator admin@localhost with a password that is returned and shown nowhere
/// else. Of several portals that start at once, one does so. The account knows this machine (known_places.h).
ledger::Result<std::optional<FirstAdmin>> make_first_admin(database::Database& database, const SignInConfig& config,
                                                           WallTime now);

/// For an operator at the machine who is locked out: a new password for `email` (returned), who is also enabled again
/// and needs no one-time codes any more. The account knows this machine from then on.
/// Errors: kNotFound.
ledger::Result<std::string> reset_password(database::Database& database, const SignInConfig& config, WallTime now,
                                           const std::string& email);

}  // namespace larder::identity
