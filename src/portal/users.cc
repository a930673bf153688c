#include "portal/users.h"

#include <fmt/format.h>

#include "core/check.h"
#include "portal/api_tokens.h"
#include "portal/attempts.h"
#include "portal/audit.h"
#include "portal/device_sign_in.h"
#include "portal/ip_recheck.h"
#include "portal/known_places.h"
#include "portal/password.h"
#include "portal/second_factor.h"
#include "portal/secret.h"
#include "portal/sessions.h"
#include "portal/sign_in.h"
#include "portal/text.h"
#include "portal/time.h"

namespace larder::portal {
namespace {

using database::Transaction;

constexpr std::string_view kFirstAdmin = "admin@localhost";

Result<std::optional<User>> find_by(Transaction& transaction, std::string_view column, const std::string& value) {
  TRY(const auto rows,
      transaction.run(fmt::format("SELECT {} FROM account WHERE {} = $1", kUserColumns, column), {value}));
  if (rows.empty()) return std::nullopt;
  return read_user(rows[0]);
}

AuditRecord audit_of(std::string action, const User& user) {
  AuditRecord entry;
  entry.action = std::move(action);
  entry.kind = "user";
  entry.object_id = user.id;
  entry.object_name = audit_name(user);
  return entry;
}

Result<> record_change(Transaction& transaction, WallTime now, const Actor& actor, std::string action,
                       const User& before, const User& after) {
  AuditRecord entry = audit_of(std::move(action), after);
  entry.before = to_json(before);
  entry.after = to_json(after);
  if (after.version != before.version) entry.version = after.version;
  return record(transaction, now, actor, entry);
}

Result<> keep_an_admin(Transaction& transaction, const User& user) {
  TRY(const auto rows,
      transaction.run("SELECT COUNT(*) FROM account WHERE admin = 1 AND disabled = 0 AND id <> $1", {user.id}));
  if (rows[0].number(0) > 0) return {};
  return refuse(ProblemKind::kConflict,
                "{} is the last administrator who can sign in; make somebody else an administrator first", user.email);
}

Result<> keep_owners(Transaction& transaction, const User& user) {
  TRY(const auto rows,
      transaction.run("SELECT o.name FROM membership m JOIN organisation o ON o.id = m.organisation_id"
                      " WHERE m.account_id = $1 AND m.role = 'owner' AND NOT EXISTS (SELECT 1 FROM membership other"
                      " WHERE other.organisation_id = m.organisation_id AND other.role = 'owner'"
                      " AND other.account_id <> $1) ORDER BY o.name LIMIT 1",
                      {user.id}));
  if (rows.empty()) return {};
  return refuse(ProblemKind::kConflict, "{} is the last owner of {}; make somebody else an owner of it first",
                user.email, rows[0].text(0));
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

boost::json::object to_json(const User& user) {
  boost::json::object object;
  object["id"] = user.id;
  object["email"] = user.email;
  object["email_verified"] = user.email_verified;
  object["organisation"] = user.organisation ? boost::json::value(to_json(*user.organisation)) : nullptr;
  object["name"] = user.name;
  object["admin"] = user.admin;
  object["disabled"] = user.disabled;
  object["totp_enabled"] = user.totp_enabled;
  object["single_sign_on"] = user.single_sign_on;
  object["created_at"] = time_to_string(user.created_at);
  object["last_sign_in_at"] =
      user.last_sign_in_at ? boost::json::value(time_to_string(*user.last_sign_in_at)) : boost::json::value(nullptr);
  return object;
}

User read_user(const database::Row& row) {
  User user;
  user.id = row.text(0);
  user.email = row.text(1);
  user.name = row.text(2);
  user.admin = row.flag(3);
  user.disabled = row.flag(4);
  user.totp_enabled = row.flag(5);
  user.single_sign_on = !row.is_null(6);
  user.version = row.number(7);
  user.created_at = row.number(8);
  user.last_sign_in_at = row.optional_number(9);
  user.email_verified = row.flag(10);
  user.email_key = row.text(11);
  if (!row.is_null(12))
    user.organisation = OrganisationRef{row.text(12), row.text(13), organisation_kind(row.text(14))};
  return user;
}

std::string audit_name(const User& user) { return audit_name(user.email, user.email_verified); }

Actor signed_in_as(const User& user, const net::IpAddress& address) {
  Actor actor;
  actor.user_id = user.id;
  actor.name = audit_name(user);
  actor.via = Via::kSignIn;
  actor.address = address;
  return actor;
}

Result<User> find_user(Transaction& transaction, const std::string& id) {
  std::optional<User> user;
  if (is_id(id)) {
    TRY(user, find_by(transaction, "id", id));
  }
  if (!user) return refuse(ProblemKind::kNotFound, "there is no user {}", id);
  return *std::move(user);
}

Result<std::optional<User>> find_user_by_email(Transaction& transaction, std::string_view email) {
  if (email.find(' ') != std::string_view::npos) return std::nullopt;
  return find_by(transaction, "email_key", email_key(email));
}

std::string email_key(std::string_view email, std::string_view organisation_id) {
  return organisation_id.empty() ? to_lower(email) : fmt::format("{} {}", to_lower(email), organisation_id);
}

Result<std::optional<User>> find_user_by_key(Transaction& transaction, const std::string& email_key) {
  return find_by(transaction, "email_key", email_key);
}

Result<std::optional<User>> find_user_by_subject(Transaction& transaction, const std::string& sso_subject) {
  return find_by(transaction, "sso_subject", sso_subject);
}

Result<std::vector<Listed<User>>> list_users(Transaction& transaction, const UserFilter& filter,
                                             const PageQuery& page) {
  std::string sql = fmt::format("SELECT {}, {} FROM account WHERE 1 = 1", kUserColumns, page.key());
  std::vector<database::Value> values;
  const auto add = [&](fmt::format_string<std::size_t&> condition, database::Value value) {
    values.push_back(std::move(value));
    std::size_t number = values.size();
    sql += fmt::format(condition, number);
  };
  if (filter.text) {
    add(" AND (lower(name) LIKE ${0} ESCAPE '\\' OR email_key LIKE ${0} ESCAPE '\\')",
        like_pattern(to_lower(*filter.text)));
  }
  if (filter.admin) add(" AND admin = ${}", *filter.admin);
  if (filter.disabled) add(" AND disabled = ${}", *filter.disabled);
  sql += page.where("id", values);
  sql += page.order("id");
  TRY(const auto rows, transaction.run(sql, values));
  std::vector<Listed<User>> list;
  for (const auto& row : rows) list.push_back({read_user(row), row.value(row.size() - 1)});
  return list;
}

Result<User> create_user(Transaction& transaction, WallTime now, const Actor& actor, const NewUser& user) {
  TRY(const auto rows,
      transaction.run(
          fmt::format("INSERT INTO account (id, email, email_key, name, password_hash, admin, disabled,"
                      " totp_enabled, totp_last_step, sso_subject, email_vouched, organisation_id, version,"
                      " created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, 0, 0, 0, $7, $9, $10, 1, $8, $8)"
                      " ON CONFLICT (email_key) DO NOTHING RETURNING {}",
                      kUserColumns),
          {new_id(now), user.email, email_key(user.email, user.organisation_id.value_or("")), user.name,
           user.password_hash, user.admin, user.sso_subject, to_ms(now), !user.organisation_id, user.organisation_id}));
  if (rows.empty()) return refuse(ProblemKind::kConflict, "there is an account for {} already", user.email);
  User made = read_user(rows[0]);
  AuditRecord entry = audit_of("user.create", made);
  entry.after = to_json(made);
  entry.version = made.version;
  TRY_VOID(record(transaction, now, actor, entry));
  return made;
}

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
                        const OrganisationRef& organisation) {
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

Result<> delete_user(Transaction& transaction, WallTime now, const Actor& actor, const std::string& id) {
  TRY(const User user, find_user(transaction, id));
  if (user.admin && !user.disabled) {
    TRY_VOID(keep_an_admin(transaction, user));
  }
  TRY_VOID(keep_owners(transaction, user));
  TRY_VOID(note_owner_gone(transaction, id));
  TRY_VOID(transaction.run("DELETE FROM account WHERE id = $1", {id}));
  AuditRecord entry = audit_of("user.delete", user);
  entry.before = to_json(user);
  return record(transaction, now, actor, entry);
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

Result<std::optional<std::string>> password_hash_of(Transaction& transaction, const std::string& id) {
  TRY(const auto rows, transaction.run("SELECT password_hash FROM account WHERE id = $1", {id}));
  if (rows.empty()) return refuse(ProblemKind::kNotFound, "there is no user {}", id);
  return rows[0].optional_text(0);
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

Result<std::optional<Principal>> load_principal(Transaction& transaction, const std::string& id) {
  TRY(const auto user, find_by(transaction, "id", id));
  if (!user || user->disabled) return std::nullopt;
  Principal principal;
  principal.user_id = user->id;
  principal.email = user->email;
  principal.email_verified = user->email_verified;
  principal.name = user->name;
  principal.admin = user->admin;
  TRY(const auto rows, transaction.run("SELECT organisation_id, role FROM membership WHERE account_id = $1", {id}));
  for (const auto& row : rows) {
    TRY(const Role role, parse_role(row.text(1)));
    principal.roles.emplace(row.text(0), role);
  }
  return principal;
}

Result<std::optional<FirstAdmin>> make_first_admin(database::Database& database, const SignInConfig& config,
                                                   WallTime now) {
  const auto has_users = [](Transaction& transaction) -> Result<bool> {
    TRY(const auto rows, transaction.run("SELECT id FROM account LIMIT 1"));
    return !rows.empty();
  };
  TRY(const bool has_some, database.read(has_users));
  if (has_some) return std::nullopt;

  FirstAdmin first{.email = std::string(kFirstAdmin), .password = new_password()};
  TRY(const std::string hash, hash_password(config, first.password));
  TRY(const bool made, database.write([&](Transaction& transaction) -> Result<bool> {
    TRY(const bool came_late, has_users(transaction));
    if (came_late) return false;
    TRY(const User user,
        create_user(
            transaction, now, Actor(),
            {.email = first.email, .name = "Administrator", .admin = true, .password_hash = hash, .sso_subject = {}}));
    TRY_VOID(learn_machine(transaction, now, user.id));
    return true;
  }));
  return made ? std::optional(std::move(first)) : std::nullopt;
}

Result<std::string> reset_password(database::Database& database, const SignInConfig& config, WallTime now,
                                   const std::string& email) {
  std::string password = new_password();
  TRY(const std::string hash, hash_password(config, password));
  TRY_VOID(database.write([&](Transaction& transaction) -> Result<> {
    TRY(const auto user, find_user_by_email(transaction, email));
    if (!user) return refuse(ProblemKind::kNotFound, "there is no user with the e-mail {}", email);
    TRY_VOID(change_user(transaction, now, Actor(), user->id, {.name = {}, .admin = {}, .disabled = false}));
    if (user->totp_enabled) {
      TRY_VOID(remove_totp(transaction, now, Actor(), user->id));
    }
    TRY_VOID(set_password_hash(transaction, now, Actor(), user->id, hash));
    return learn_machine(transaction, now, user->id);
  }));
  return password;
}

}  // namespace larder::portal
