// What becomes of users: edits, new passwords, and what ends with them.
//
// The last enabled administrator stays: a portal without one could not be put right from inside.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/clock.h"
#include "database/database.h"
#include "identity/users.h"
#include "ledger/actor.h"
#include "ledger/organisation_ref.h"
#include "ledger/problem.h"

namespace larder::identity {

struct UserChange {
  std::optional<std::string> name;
  std::optional<bool> admin;
  std::optional<bool> disabled;  // true also ends sessions, makes tokens void for good, and forgets known places
  bool verify_email = false;     // an administrator vouches for the e-mail: the account is nobody's but the person's
};
/// Errors: kNotFound, kConflict (the last enabled administrator; an administrator without a verified e-mail; the e-mail
/// to be verified is that of another account).
ledger::Result<User> change_user(database::Transaction& transaction, WallTime now, const ledger::Actor& actor,
                                 const std::string& id, const UserChange& change);

/// An account whose e-mail nobody has verified, and which belongs to no organisation, is that one's from now on, so
/// that it can be signed in to. Errors: kNotFound, kConflict (that organisation has another one for the address).
ledger::Result<User> adopt_user(database::Transaction& transaction, WallTime now, const ledger::Actor& actor,
                                const std::string& id, const ledger::OrganisationRef& organisation);

/// Errors: kConflict (nobody else is an administrator who can sign in).
ledger::Result<> keep_an_admin(database::Transaction& transaction, const User& user);
/// Takes the account away, and nothing else: tenancy/user_deletion.h looks at what it is to others first.
ledger::Result<> remove_user(database::Transaction& transaction, WallTime now, const ledger::Actor& actor,
                             const User& user);

/// From now on `subject` of the sign-in provider is this user.
ledger::Result<User> link_user(database::Transaction& transaction, WallTime now, const ledger::Actor& actor,
                               const std::string& id, const std::string& sso_subject);

/// Sets it, ends all sessions but `kept_session` and what was approved for devices, and forgets attempts that failed;
/// if it is not the user who sets it, also the places that the account knows (known_places.h).
/// Tokens go on: programs must not stop because somebody changed a password; disabling the user ends them too.
ledger::Result<> set_password_hash(database::Transaction& transaction, WallTime now, const ledger::Actor& actor,
                                   const std::string& id, const std::string& hash, std::string_view kept_session = "");

}  // namespace larder::identity
