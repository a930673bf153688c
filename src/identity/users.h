// Users: the accounts of people, and their passwords. What becomes of them: user_changes.h.
//
// An e-mail is verified if an administrator or the sign-in provider vouches for it; of those each address has one
// account. Whoever takes an owner's invitation has proven nothing: that account belongs to the organisation, which is
// named when one signs in to it, and keeps the address from nobody (docs/decisions/0017-unproven-addresses.md).
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "database/database.h"
#include "identity/principal.h"
#include "ledger/audit.h"
#include "ledger/organisation_ref.h"
#include "ledger/page_query.h"
#include "ledger/problem.h"

namespace larder::identity {

struct User {
  std::string id;
  std::string email;
  bool email_verified = true;
  std::optional<ledger::OrganisationRef> organisation;  // that it belongs to, if the e-mail is not verified
  std::string email_key;                                // what one signs in by, see email_key()
  std::string name;
  bool admin = false;
  bool disabled = false;
  bool totp_enabled = false;
  bool single_sign_on = false;
  std::int64_t version = 1;
  std::int64_t created_at = 0;
  std::optional<std::int64_t> last_sign_in_at;
};

boost::json::object to_json(const User& user);

/// What read_user() reads, of the table `account`.
inline constexpr std::string_view kUserColumns =
    "id, email, name, admin, disabled, totp_enabled, sso_subject, version, created_at, last_sign_in_at, email_vouched,"
    " email_key, organisation_id, (SELECT o.name FROM organisation o WHERE o.id = account.organisation_id),"
    " (SELECT o.kind FROM organisation o WHERE o.id = account.organisation_id)";
User read_user(const database::Row& row);

/// Errors: kNotFound.
ledger::Result<User> find_user(database::Transaction& transaction, const std::string& id);
/// The account whose verified e-mail this is.
ledger::Result<std::optional<User>> find_user_by_email(database::Transaction& transaction, std::string_view email);
/// What is unique about an account: its e-mail in lower case; of one that belongs to an organisation a blank and the
/// organisation's id follow, and no address has a blank.
std::string email_key(std::string_view email, std::string_view organisation_id = "");
ledger::Result<std::optional<User>> find_user_by_key(database::Transaction& transaction, const std::string& email_key);
ledger::Result<std::optional<User>> find_user_by_subject(database::Transaction& transaction,
                                                         const std::string& sso_subject);

/// `user` as the audit log names them.
std::string audit_name(const User& user);
/// A record of the log about `user`; before and after are the caller's to say.
ledger::AuditRecord user_record(std::string action, const User& user);
/// `user` as who does something on the way in, before there is a session.
ledger::Actor signed_in_as(const User& user, const net::IpAddress& address);

struct UserFilter {
  std::optional<std::string> text;  // part of the name or the e-mail
  std::optional<bool> admin;
  std::optional<bool> disabled;
};
ledger::Result<std::vector<ledger::Listed<User>>> list_users(database::Transaction& transaction,
                                                             const UserFilter& filter, const ledger::PageQuery& page);

struct NewUser {
  std::string email;
  std::string name;
  bool admin = false;
  std::optional<std::string> password_hash;
  std::optional<std::string> sso_subject;
  std::optional<std::string> organisation_id = std::nullopt;  // nobody vouches for the e-mail: it belongs to this one
};
/// Errors: kConflict (the e-mail is taken).
ledger::Result<User> create_user(database::Transaction& transaction, WallTime now, const ledger::Actor& actor,
                                 const NewUser& user);

/// nullopt: the account has none.
ledger::Result<std::optional<std::string>> password_hash_of(database::Transaction& transaction, const std::string& id);
/// The user as the caller of a request; nullopt if disabled or gone. Via, credential and scopes are the caller's.
ledger::Result<std::optional<Principal>> load_principal(database::Transaction& transaction, const std::string& id);
/// What `principal` may do, and with what, must still be so when the transaction is committed: Transaction::confirm().
void confirm_principal(database::Transaction& transaction, const Principal& principal);

}  // namespace larder::identity
