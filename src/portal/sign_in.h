// Signing in with a password, and who is slowed down for guessing.
//
// Wrong attempts count against the account and against the network they come from. So that nobody can lock somebody
// else out for ever, attempts from a network that the user has signed in from before (in kKnownFor) count apart: there,
// strangers' attempts do not matter. Somebody who is locked out elsewhere waits for attempt_window, signs in through
// the sign-in provider, or gets a new password from an administrator, which clears the count. Sessions and tokens go
// on.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/clock.h"
#include "database/database.h"
#include "portal/portal_config.h"
#include "portal/principal.h"
#include "portal/problem.h"
#include "portal/sessions.h"
#include "portal/users.h"

namespace larder::portal {

constexpr auto kKnownFor = std::chrono::hours(24 * 90);

struct Credentials {
  std::string email;
  std::optional<std::string> organisation;  // name or id, of an account that belongs to one (users.h)
  std::string password;
  std::optional<std::string> code;  // one-time or recovery code
};

/// Errors: kUnauthenticated (the same for a wrong password and an unknown account), kSecondFactorRequired,
/// kTooManyAttempts, kUnavailable.
Result<NewSession> sign_in(database::Database& database, const SignInConfig& config, WallTime now,
                           const Credentials& credentials, const Client& client);

/// A session for somebody whose identity is proven.
Result<NewSession> start_signed_in(database::Transaction& transaction, WallTime now, const SignInConfig& config,
                                   const User& user, const Client& client);

/// For what asks for the password once more. `actor` has a user. Returns the hash of the password, for
/// demand_password().
/// Errors: kInvalid (with `pointer`), kConflict (the account has no password), kTooManyAttempts, kUnavailable.
Result<std::string> confirm_password(database::Database& database, const SignInConfig& config, WallTime now,
                                     const Actor& actor, std::string_view password, std::string_view pointer);
/// Whether the password that was confirmed is still the user's, in the transaction of what it was confirmed for.
/// Errors: kConflict.
Result<> demand_password(database::Transaction& transaction, const std::string& user_id, const std::string& confirmed);

/// Lets `user` try again at once.
Result<> forget_failures(database::Transaction& transaction, const User& user);

}  // namespace larder::portal
