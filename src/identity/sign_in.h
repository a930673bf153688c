// Signing in with a password, and who is slowed down for guessing.
//
// Whom a wrong attempt counts against, each of which has SignInConfig::attempts in attempt_window:
//
//   from a browser that the account knows       that browser at this account
//   else from a network that the account knows  that network at this account, and that network at all accounts that
//                                               know it, which has three times as many
//   else                                        the account, as far as strangers go, the network, and its site
//
// Known is where somebody signed in to the account within kKnownFor (known_places.h). So guesses are bounded for each
// account, whoever makes them, and nobody locks somebody else out where they are known: a neighbour in the network can
// do that only to browsers that are new there, and to programs. Somebody who is locked out elsewhere waits for
// attempt_window, signs in through the sign-in provider, or gets a new password from an administrator, which clears the
// count. Sessions and tokens go on. Whoever is in a network can find out who has signed in from there, by who is still
// let try.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/clock.h"
#include "database/database.h"
#include "identity/sessions.h"
#include "identity/sign_in_config.h"
#include "identity/users.h"
#include "ledger/actor.h"
#include "ledger/problem.h"

namespace larder::identity {

struct Credentials {
  std::string email;
  std::optional<std::string> organisation;  // name or id, of an account that belongs to one (users.h)
  std::string password;
  std::optional<std::string> code;  // one-time or recovery code
};

/// Errors: kUnauthenticated (the same for a wrong password and an unknown account), kSecondFactorRequired,
/// kTooManyAttempts, kUnavailable.
ledger::Result<NewSession> sign_in(database::Database& database, const SignInConfig& config, WallTime now,
                                   const Credentials& credentials, const Client& client);

/// A session for somebody whose identity is proven.
ledger::Result<NewSession> start_signed_in(database::Transaction& transaction, WallTime now, const SignInConfig& config,
                                           const User& user, const Client& client);

/// For what asks for the password once more. `actor` has a user. Returns the hash of the password, for
/// demand_password().
/// Errors: kInvalid (with `pointer`), kConflict (the account has no password), kTooManyAttempts, kUnavailable.
ledger::Result<std::string> confirm_password(database::Database& database, const SignInConfig& config, WallTime now,
                                             const ledger::Actor& actor, std::string_view password,
                                             std::string_view pointer);
/// Whether the password that was confirmed is still the user's, in the transaction of what it was confirmed for.
/// Errors: kConflict.
ledger::Result<> demand_password(database::Transaction& transaction, const std::string& user_id,
                                 const std::string& confirmed);

/// Lets `user` try again at once.
ledger::Result<> forget_failures(database::Transaction& transaction, const User& user);

}  // namespace larder::identity
