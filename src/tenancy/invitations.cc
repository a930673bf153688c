#include "tenancy/invitations.h"

#include <algorithm>

#include "ledger/audit.h"
#include "ledger/secret.h"
#include "ledger/text.h"
#include "ledger/time.h"

namespace larder::tenancy {
namespace {

using database::Transaction;
using ledger::Actor;
using ledger::AuditRecord;
using ledger::Listed;
using ledger::PageQuery;
using ledger::ProblemKind;
using ledger::record;
using ledger::refuse;
using ledger::Result;
using ledger::time_to_string;
using ledger::to_ms;

constexpr std::string_view kTokenPrefix = "ldi_";
constexpr std::string_view kColumns =
    "id, organisation_id, email, role, invited_by_id, invited_by_name, email_vouched, created_at, expires_at";

Result<Invitation> read_invitation(const database::Row& row) {
  Invitation invitation;
  invitation.id = row.text(0);
  invitation.organisation_id = row.text(1);
  invitation.email = row.text(2);
  TRY(invitation.role, identity::parse_role(row.text(3)));
  invitation.invited_by_id = row.text(4);
  invitation.invited_by_name = row.text(5);
  invitation.email_vouched = row.flag(6);
  invitation.created_at = row.number(7);
  invitation.expires_at = row.number(8);
  return invitation;
}

AuditRecord audit_of(std::string action, const Invitation& invitation) {
  AuditRecord entry;
  entry.organisation_id = invitation.organisation_id;
  entry.action = std::move(action);
  entry.kind = "invitation";
  entry.object_id = invitation.id;
  entry.object_name = invitation.email;
  return entry;
}

/// By the organisation's own list of members, which its owners see: it tells nothing of other accounts.
Result<> refuse_members(Transaction& transaction, const std::string& organisation_id, const std::string& email) {
  TRY(const auto rows,
      transaction.run("SELECT m.role FROM membership m JOIN account a ON a.id = m.account_id"
                      " WHERE m.organisation_id = $1 AND (a.email_key = $2 OR a.email_key = $3)",
                      {organisation_id, identity::email_key(email), identity::email_key(email, organisation_id)}));
  if (rows.empty()) return {};
  return refuse(ProblemKind::kConflict, "{} is a member already, as {}", email, rows[0].text(0));
}

}  // namespace

boost::json::object to_json(const Invitation& invitation) {
  boost::json::object object;
  object["id"] = invitation.id;
  object["email"] = invitation.email;
  object["role"] = to_string(invitation.role);
  object["invited_by"] = boost::json::object{{"id", invitation.invited_by_id}, {"name", invitation.invited_by_name}};
  object["created_at"] = time_to_string(invitation.created_at);
  object["expires_at"] = time_to_string(invitation.expires_at);
  return object;
}

Result<std::vector<Listed<Invitation>>> list_invitations(Transaction& transaction, const std::string& organisation_id,
                                                         const PageQuery& page) {
  std::vector<database::Value> values = {organisation_id};
  std::string sql = fmt::format("SELECT {}, {} FROM invitation WHERE organisation_id = $1", kColumns, page.key());
  sql += page.where("id", values);
  sql += page.order("id");
  TRY(const auto rows, transaction.run(sql, values));
  std::vector<Listed<Invitation>> list;
  for (const auto& row : rows) {
    TRY(auto invitation, read_invitation(row));
    list.push_back({std::move(invitation), row.value(row.size() - 1)});
  }
  return list;
}

Result<NewInvitation> create_invitation(Transaction& transaction, WallTime now, const Actor& actor,
                                        const identity::Principal& inviter, const std::string& organisation_id,
                                        const std::string& email, identity::Role role) {
  TRY_VOID(refuse_members(transaction, organisation_id, email));
  TRY_VOID(transaction.run("DELETE FROM invitation WHERE organisation_id = $1 AND lower(email) = $2",
                           {organisation_id, ledger::to_lower(email)}));
  TRY(const auto count,
      transaction.run("SELECT COUNT(*) FROM invitation WHERE organisation_id = $1 AND expires_at > $2",
                      {organisation_id, to_ms(now)}));
  if (count[0].number(0) >= kInvitationsAtMost) {
    return refuse(ProblemKind::kConflict, "{} invitations are open, which is the most; take one back first",
                  kInvitationsAtMost);
  }
  NewInvitation made;
  made.token = ledger::new_secret(kTokenPrefix);
  Invitation& invitation = made.invitation;
  invitation.id = ledger::new_id(now);
  invitation.organisation_id = organisation_id;
  invitation.email = email;
  invitation.role = role;
  invitation.invited_by_id = inviter.user_id;
  invitation.invited_by_name = inviter.name;
  invitation.email_vouched = inviter.admin;
  invitation.created_at = to_ms(now);
  invitation.expires_at = to_ms(now + kInvitationLife);
  TRY_VOID(
      transaction.run("INSERT INTO invitation (id, organisation_id, email, role, secret_hash, invited_by_id,"
                      " invited_by_name, email_vouched, created_at, expires_at)"
                      " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
                      {invitation.id, organisation_id, email, to_string(role), ledger::hash_secret(made.token),
                       invitation.invited_by_id, invitation.invited_by_name, invitation.email_vouched,
                       invitation.created_at, invitation.expires_at}));
  AuditRecord entry = audit_of("invitation.create", invitation);
  entry.after = to_json(invitation);
  TRY_VOID(record(transaction, now, actor, entry));
  return made;
}

Result<> delete_invitation(Transaction& transaction, WallTime now, const Actor& actor,
                           const std::string& organisation_id, const std::string& id) {
  TRY(const auto rows,
      transaction.run(
          fmt::format("DELETE FROM invitation WHERE id = $1 AND organisation_id = $2 RETURNING {}", kColumns),
          {id, organisation_id}));
  if (rows.empty()) return refuse(ProblemKind::kNotFound, "there is no invitation {}", id);
  TRY(const Invitation invitation, read_invitation(rows[0]));
  AuditRecord entry = audit_of("invitation.delete", invitation);
  entry.before = to_json(invitation);
  return record(transaction, now, actor, entry);
}

Result<std::optional<Invitation>> find_invitation(Transaction& transaction, WallTime now, std::string_view token) {
  TRY(const auto rows,
      transaction.run(fmt::format("SELECT {} FROM invitation WHERE secret_hash = $1 AND expires_at > $2", kColumns),
                      {ledger::hash_secret(token), to_ms(now)}));
  if (rows.empty()) return std::nullopt;
  TRY(auto invitation, read_invitation(rows[0]));
  // Or an owner who was removed would come back by an invitation made in time.
  TRY(const auto inviter, identity::load_principal(transaction, invitation.invited_by_id));
  if (!inviter || inviter->role_in(invitation.organisation_id) != identity::Role::kOwner) return std::nullopt;
  invitation.email_vouched = invitation.email_vouched && inviter->admin;
  return invitation;
}

Result<Member> take_invitation(Transaction& transaction, WallTime now, const Actor& actor, const Invitation& invitation,
                               const identity::User& user) {
  TRY(const auto taken, transaction.run("DELETE FROM invitation WHERE id = $1", {invitation.id}));
  if (taken.changed == 0) return refuse(ProblemKind::kNotFound, "the invitation was used or taken back");
  AuditRecord entry = audit_of("invitation.accept", invitation);
  TRY_VOID(record(transaction, now, actor, entry));
  TRY(const auto member, find_member(transaction, invitation.organisation_id, user.id));
  if (member && member->role > invitation.role) return *member;
  return put_member(transaction, now, actor, invitation.organisation_id, user.id, invitation.role,
                    OwnerBy::kThemselves);
}

}  // namespace larder::tenancy
