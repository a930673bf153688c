#include "identity/user_changes.h"

#include <utility>

#include "core/check.h"
#include "identity/api_tokens.h"
#include "identity/device_sign_in.h"
#include "identity/known_places.h"
#include "identity/sessions.h"
#include "identity/sign_in.h"
#include "ledger/audit.h"
#include "ledger/time.h"

namespace larder::identity {
namespace {

using database::Transaction;
using ledger::Actor;
using ledger::AuditRecord;
using ledger::ProblemKind;
using ledger::refuse;
using ledger::Result;
using ledger::to_ms;

Result<> record_change(Transaction& transaction, WallTime now, const Actor& actor, std::string action,
                       const User& before, const User& after) {
  AuditRecord entry = user_record(std::move(action), after);
  entry.before = to_json(before);
  entry.after = to_json(after);
  if (after.version != before.version) entry.version = after.version;
  return ledger::record(transaction, now, actor, entry);
}

/// `after` with a verified e-mail.
Result<User> verified(Transaction& transaction, const User& before, User after) {
  TRY(const auto other, find_user_by_email(transaction, before.email));
  if (other) {
    return refuse(ProblemKind::kConflict,
                  "{} is the verified e-mail of another account; make that one a member instead", before.email);
  }
  after.email_verified = true;
  after.email_key = email_key(before.email);
  after.organisation.reset();
  return after;
}

/// Keeps what may change of a user, as the next version.
Result<> put_user(Transaction& transaction, WallTime now, User& user) {
  ++user.version;
  TRY_VOID(transaction.run(
      "UPDATE account SET name = $2, admin = $3, disabled = $4, version = $5, updated_at = $6, email_vouched = $7,"
      " email_key = $8, organisation_id = $9 WHERE id = $1",
      {user.id, user.name, user.admin, user.disabled, user.version, to_ms(now), user.email_verified, user.email_key,
       user.organisation ? std::optional(user.organisation->id) : std::nullopt}));
  return {};
}

}  // namespace

Result<User> change_user(Transaction& transaction, WallTime now, const Actor& actor, const std::string& id,
                         const UserChange& change) {
  TRY(const User before, find_user(transaction, id));
  User after = before;
  if (change.name) after.name = *change.name;
  if (change.admin) after.admin = *change.admin;
  if (change.disabled) after.disabled = *change.disabled;
  if (change.verify_email && !before.email_verified) {
    TRY(after, verified(transaction, before, std::move(after)));
  }
  if (after.admin && !after.email_verified) {
    return refuse(ProblemKind::kConflict, "nobody has verified that {} is theirs: an administrator needs that",
                  after.email);
  }
  const bool was_effective = before.admin && !before.disabled;
  if (was_effective && (!after.admin || after.disabled)) {
    TRY_VOID(keep_an_admin(transaction, before));
  }
  if (to_json(after) == to_json(before)) return after;

  TRY_VOID(put_user(transaction, now, after));
  if (after.disabled && !before.disabled) {
    TRY_VOID(end_sessions(transaction, id));
    TRY_VOID(revoke_tokens(transaction, id));
    TRY_VOID(forget_devices(transaction, id));
    TRY_VOID(forget_places(transaction, id));
  }
  TRY_VOID(record_change(transaction, now, actor, "user.edit", before, after));
  return after;
}

Result<User> adopt_user(Transaction& transaction, WallTime now, const Actor& actor, const std::string& id,
                        const ledger::OrganisationRef& organisation) {
  TRY(const User before, find_user(transaction, id));
  CHECK(!before.email_verified && !before.organisation, "the account is nobody's");
  User after = before;
  after.organisation = organisation;
  after.email_key = email_key(before.email, organisation.id);
  TRY(const auto other, find_user_by_key(transaction, after.email_key));
  if (other) {
    return refuse(ProblemKind::kConflict, "{} has an account for {} already; make that one a member instead",
                  organisation.name, before.email);
  }
  TRY_VOID(put_user(transaction, now, after));
  TRY_VOID(record_change(transaction, now, actor, "user.edit", before, after));
  return after;
}

Result<> keep_an_admin(Transaction& transaction, const User& user) {
  TRY(const auto rows,
      transaction.run("SELECT COUNT(*) FROM account WHERE admin = 1 AND disabled = 0 AND id <> $1", {user.id}));
  if (rows[0].number(0) > 0) return {};
  return refuse(ProblemKind::kConflict,
                "{} is the last administrator who can sign in; make somebody else an administrator first", user.email);
}

Result<> remove_user(Transaction& transaction, WallTime now, const Actor& actor, const User& user) {
  TRY_VOID(transaction.run("DELETE FROM account WHERE id = $1", {user.id}));
  AuditRecord entry = user_record("user.delete", user);
  entry.before = to_json(user);
  return ledger::record(transaction, now, actor, entry);
}

Result<User> link_user(Transaction& transaction, WallTime now, const Actor& actor, const std::string& id,
                       const std::string& sso_subject) {
  TRY(const User before, find_user(transaction, id));
  TRY_VOID(transaction.run("UPDATE account SET sso_subject = $2, version = version + 1, updated_at = $3 WHERE id = $1",
                           {id, sso_subject, to_ms(now)}));
  TRY(User after, find_user(transaction, id));
  TRY_VOID(record_change(transaction, now, actor, "user.link", before, after));
  return after;
}

Result<> set_password_hash(Transaction& transaction, WallTime now, const Actor& actor, const std::string& id,
                           const std::string& hash, std::string_view kept_session) {
  TRY(const User user, find_user(transaction, id));
  TRY_VOID(
      transaction.run("UPDATE account SET password_hash = $2, updated_at = $3 WHERE id = $1", {id, hash, to_ms(now)}));
  TRY_VOID(end_sessions(transaction, id, kept_session));
  TRY_VOID(forget_devices(transaction, id));
  TRY_VOID(forget_failures(transaction, user));
  // Reset by somebody else: the account may have been in wrong hands, in places of theirs.
  if (actor.user_id != id) {
    TRY_VOID(forget_places(transaction, id));
  }
  return record_change(transaction, now, actor, "user.password", user, user);
}

}  // namespace larder::identity
