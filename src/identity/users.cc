#include "identity/users.h"

#include <fmt/format.h>

#include "ledger/secret.h"
#include "ledger/text.h"
#include "ledger/time.h"

namespace larder::identity {
namespace {

using database::Transaction;
using ledger::Actor;
using ledger::AuditRecord;
using ledger::Listed;
using ledger::PageQuery;
using ledger::ProblemKind;
using ledger::refuse;
using ledger::Result;
using ledger::time_to_string;
using ledger::to_lower;
using ledger::to_ms;

Result<std::optional<User>> find_by(Transaction& transaction, std::string_view column, const std::string& value) {
  TRY(const auto rows,
      transaction.run(fmt::format("SELECT {} FROM account WHERE {} = $1", kUserColumns, column), {value}));
  if (rows.empty()) return std::nullopt;
  return read_user(rows[0]);
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
    user.organisation = ledger::OrganisationRef{row.text(12), row.text(13), ledger::organisation_kind(row.text(14))};
  return user;
}

std::string audit_name(const User& user) { return ledger::audit_name(user.email, user.email_verified); }

AuditRecord user_record(std::string action, const User& user) {
  AuditRecord entry;
  entry.action = std::move(action);
  entry.kind = "user";
  entry.object_id = user.id;
  entry.object_name = audit_name(user);
  return entry;
}

Actor signed_in_as(const User& user, const net::IpAddress& address) {
  Actor actor;
  actor.user_id = user.id;
  actor.name = audit_name(user);
  actor.via = ledger::Via::kSignIn;
  actor.address = address;
  return actor;
}

Result<User> find_user(Transaction& transaction, const std::string& id) {
  std::optional<User> user;
  if (ledger::is_id(id)) {
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
        ledger::like_pattern(to_lower(*filter.text)));
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
          {ledger::new_id(now), user.email, email_key(user.email, user.organisation_id.value_or("")), user.name,
           user.password_hash, user.admin, user.sso_subject, to_ms(now), !user.organisation_id, user.organisation_id}));
  if (rows.empty()) return refuse(ProblemKind::kConflict, "there is an account for {} already", user.email);
  User made = read_user(rows[0]);
  AuditRecord entry = user_record("user.create", made);
  entry.after = to_json(made);
  entry.version = made.version;
  TRY_VOID(ledger::record(transaction, now, actor, entry));
  return made;
}

Result<std::optional<std::string>> password_hash_of(Transaction& transaction, const std::string& id) {
  TRY(const auto rows, transaction.run("SELECT password_hash FROM account WHERE id = $1", {id}));
  if (rows.empty()) return refuse(ProblemKind::kNotFound, "there is no user {}", id);
  return rows[0].optional_text(0);
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

void confirm_principal(Transaction& transaction, const Principal& principal) {
  const bool by_token = principal.via == ledger::Via::kToken;
  transaction.confirm("account", {{"id", principal.user_id}});
  transaction.confirm("membership", {{"account_id", principal.user_id}});
  transaction.confirm(by_token ? "api_token" : "sign_in_session", {{"id", principal.credential_id}});
}

}  // namespace larder::identity
