#include "tenancy/members.h"

#include "identity/user_changes.h"
#include "identity/users.h"
#include "ledger/audit.h"
#include "ledger/time.h"
#include "tenancy/organisations.h"
#include "tenancy/user_deletion.h"

namespace larder::tenancy {
namespace {

using database::Transaction;
using identity::Role;
using identity::User;
using ledger::Actor;
using ledger::AuditRecord;
using ledger::FieldProblems;
using ledger::Listed;
using ledger::PageQuery;
using ledger::ProblemKind;
using ledger::refuse;
using ledger::Result;
using ledger::time_to_string;
using ledger::to_ms;

constexpr std::string_view kFrom =
    "a.id, a.name, a.email, m.role, m.since, a.email_vouched{} FROM membership m JOIN account a ON a.id = m.account_id"
    " WHERE m.organisation_id = $1";

Result<Member> read_member(const database::Row& row) {
  TRY(const Role role, identity::parse_role(row.text(3)));
  return Member{.user_id = row.text(0),
                .name = row.text(1),
                .email = row.text(2),
                .email_verified = row.flag(5),
                .role = role,
                .since = row.number(4)};
}

/// Owners who can sign in, other than `member`. Without any, nobody could let others in.
Result<> keep_an_owner(Transaction& transaction, const std::string& organisation_id, const Member& member) {
  TRY(const auto rows,
      transaction.run("SELECT COUNT(*) FROM membership m JOIN account a ON a.id = m.account_id"
                      " WHERE m.organisation_id = $1 AND m.role = 'owner' AND a.disabled = 0 AND a.id <> $2",
                      {organisation_id, member.user_id}));
  if (rows[0].number(0) > 0) return {};
  return refuse(ProblemKind::kConflict, "{} is the last owner; make somebody else an owner first", member.email);
}

/// For good, or as long as both are there: space/ip_rejections.h.
Result<> remember_owner(Transaction& transaction, const std::string& organisation_id, const std::string& user_id,
                        OwnerBy by) {
  TRY_VOID(
      transaction.run("INSERT INTO ownership (account_id, organisation_id, by_themselves) VALUES ($1, $2, $3)"
                      " ON CONFLICT (account_id, organisation_id) DO UPDATE SET by_themselves = 1"
                      " WHERE excluded.by_themselves = 1",
                      {user_id, organisation_id, by == OwnerBy::kThemselves}));
  return {};
}

AuditRecord audit_of(std::string action, const std::string& organisation_id, const User& user) {
  AuditRecord entry;
  entry.organisation_id = organisation_id;
  entry.action = std::move(action);
  entry.kind = "user";
  entry.object_id = user.id;
  entry.object_name = audit_name(user);
  return entry;
}

boost::json::object role_of(Role role) { return {{"role", to_string(role)}}; }

}  // namespace

boost::json::object to_json(const Member& member) {
  boost::json::object user{{"id", member.user_id},
                           {"name", member.name},
                           {"email", member.email},
                           {"email_verified", member.email_verified}};
  return {{"user", std::move(user)}, {"role", to_string(member.role)}, {"since", time_to_string(member.since)}};
}

Result<std::vector<Listed<Member>>> list_members(Transaction& transaction, const std::string& organisation_id,
                                                 const PageQuery& page) {
  std::vector<database::Value> values = {organisation_id};
  std::string sql = "SELECT " + fmt::format(fmt::runtime(kFrom), fmt::format(", {}", page.key()));
  sql += page.where("a.id", values);
  sql += page.order("a.id");
  TRY(const auto rows, transaction.run(sql, values));
  std::vector<Listed<Member>> list;
  for (const auto& row : rows) {
    TRY(auto member, read_member(row));
    list.push_back({std::move(member), row.value(row.size() - 1)});
  }
  return list;
}

Result<std::optional<Member>> find_member(Transaction& transaction, const std::string& organisation_id,
                                          const std::string& user_id) {
  TRY(const auto rows,
      transaction.run("SELECT " + fmt::format(fmt::runtime(kFrom), "") + " AND a.id = $2", {organisation_id, user_id}));
  if (rows.empty()) return std::nullopt;
  TRY(auto member, read_member(rows[0]));
  return member;
}

Result<Member> put_member(Transaction& transaction, WallTime now, const Actor& actor,
                          const std::string& organisation_id, const std::string& user_id, Role role, OwnerBy by) {
  TRY(User user, identity::find_user(transaction, user_id));
  if (user.organisation && user.organisation->id != organisation_id) {
    return refuse(ProblemKind::kConflict, "the account {} belongs to {}: nobody has verified its e-mail", user.email,
                  user.organisation->name);
  }
  if (!user.organisation && !user.email_verified) {  // of old, when such accounts could be left without one
    TRY(const auto organisation, load_organisation(transaction, organisation_id));
    TRY(user, identity::adopt_user(transaction, now, actor, user.id, organisation.ref));
  }
  TRY(const auto before, find_member(transaction, organisation_id, user_id));
  if (role == Role::kOwner) {
    TRY_VOID(remember_owner(transaction, organisation_id, user_id, by));
  }
  if (before && before->role == role) return *before;
  if (before && before->role == Role::kOwner) {
    TRY_VOID(keep_an_owner(transaction, organisation_id, *before));
  }
  TRY_VOID(
      transaction.run("INSERT INTO membership (account_id, organisation_id, role, since) VALUES ($1, $2, $3, $4)"
                      " ON CONFLICT (account_id, organisation_id) DO UPDATE SET role = excluded.role",
                      {user_id, organisation_id, to_string(role), to_ms(now)}));
  AuditRecord entry = audit_of(before ? "member.edit" : "member.add", organisation_id, user);
  if (before) entry.before = role_of(before->role);
  entry.after = role_of(role);
  TRY_VOID(ledger::record(transaction, now, actor, entry));
  return Member{.user_id = user.id,
                .name = user.name,
                .email = user.email,
                .email_verified = user.email_verified,
                .role = role,
                .since = before ? before->since : to_ms(now)};
}

Result<> add_first_owner(Transaction& transaction, WallTime now, const Actor& actor,
                         const ledger::OrganisationRef& organisation, std::string_view email) {
  TRY(const auto owner, identity::find_user_by_email(transaction, email));
  if (!owner) {
    FieldProblems problems;
    problems.add("/owner_email", fmt::format("nobody has an account as {}; make the organisation without an owner and "
                                             "invite them",
                                             email));
    return problems.verdict();
  }
  TRY_VOID(put_member(transaction, now, actor, organisation.id, owner->id, Role::kOwner, OwnerBy::kThemselves));
  return {};
}

Result<> act_as_owner(Transaction& transaction, const std::string& organisation_id, const std::string& user_id) {
  TRY_VOID(
      transaction.run("UPDATE ownership SET by_themselves = 1"
                      " WHERE account_id = $1 AND organisation_id = $2 AND by_themselves = 0",
                      {user_id, organisation_id}));
  return {};
}

Result<> remove_member(Transaction& transaction, WallTime now, const Actor& actor, const std::string& organisation_id,
                       const std::string& user_id) {
  TRY(const auto member, find_member(transaction, organisation_id, user_id));
  if (!member) return refuse(ProblemKind::kNotFound, "{} is no member of this organisation", user_id);
  if (member->role == Role::kOwner) {
    TRY_VOID(keep_an_owner(transaction, organisation_id, *member));
  }
  TRY(const User user, identity::find_user(transaction, user_id));
  TRY_VOID(transaction.run("DELETE FROM membership WHERE organisation_id = $1 AND account_id = $2",
                           {organisation_id, user_id}));
  AuditRecord entry = audit_of("member.remove", organisation_id, user);
  entry.before = role_of(member->role);
  TRY_VOID(ledger::record(transaction, now, actor, entry));
  if (!user.organisation || user.organisation->id != organisation_id) return {};
  return delete_user(transaction, now, actor, user_id);
}

}  // namespace larder::tenancy
