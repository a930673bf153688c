// Signing in through the sign-in provider: what is kept between sending a browser there and its return, and whose
// account an identity is.
//
// An identity is issuer and subject. One that is new is linked to the account with its e-mail address if the provider
// has verified that. Only an account whose own e-mail is verified has it (users.h): what an owner's invitation made of
// a foreign address is not found here, so that it neither becomes that person's trap nor keeps them out.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/clock.h"
#include "database/database.h"
#include "identity/jwt.h"
#include "identity/sessions.h"
#include "identity/single_sign_on_config.h"
#include "identity/users.h"
#include "ledger/problem.h"

namespace larder::identity {

constexpr auto kSingleSignOnPatience = std::chrono::minutes(10);  // for people to sign in at the provider

struct PendingSignOn {
  std::string state;  // in the browser's cookie and in the provider's answer; kept as a hash
  std::string nonce;
  std::string code_verifier;
  std::string return_to;
  std::string attempt_id = "";  // what its beginning counts as; "": it has not begun
};

/// What begin_sign_on() would refuse now; writes nothing. Errors: as begin_sign_on().
ledger::Result<> check_sign_on(database::Transaction& transaction, WallTime now, const net::IpAddress& address);
/// With new secrets; nothing is begun yet.
PendingSignOn new_sign_on(const std::string& return_to);
/// Keeps `pending` for take_sign_on(), and counts against the network until forget_sign_on().
/// Errors: kTooManyAttempts (from this network, or as many of its site are on their way as may), kUnavailable (too many
/// are).
ledger::Result<> begin_sign_on(database::Transaction& transaction, WallTime now, const PendingSignOn& pending,
                               const net::IpAddress& address);
/// Whether take_sign_on() would find something; writes nothing.
ledger::Result<bool> knows_sign_on(database::Transaction& transaction, WallTime now, std::string_view state);
/// What was begun with `state`, once; nullopt: nothing, or too long ago.
ledger::Result<std::optional<PendingSignOn>> take_sign_on(database::Transaction& transaction, WallTime now,
                                                          std::string_view state);
/// It ended in success: that it was begun counts no longer.
ledger::Result<> forget_sign_on(database::Transaction& transaction, const PendingSignOn& pending);

/// The account of an identity: linked or made if need be. Errors: kForbidden (with why, for people).
ledger::Result<User> user_of(database::Transaction& transaction, WallTime now, const SingleSignOnConfig& config,
                             const IdToken& identity, const net::IpAddress& address);

}  // namespace larder::identity
