#include "tenancy/user_deletion.h"

#include "identity/user_changes.h"
#include "identity/users.h"
#include "space/ip_waiting.h"

namespace larder::tenancy {
namespace {

using database::Transaction;
using ledger::Actor;
using ledger::ProblemKind;
using ledger::refuse;
using ledger::Result;

Result<> keep_owners(Transaction& transaction, const identity::User& user) {
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

}  // namespace

Result<> delete_user(Transaction& transaction, WallTime now, const Actor& actor, const std::string& id) {
  TRY(const identity::User user, identity::find_user(transaction, id));
  if (user.admin && !user.disabled) {
    TRY_VOID(identity::keep_an_admin(transaction, user));
  }
  TRY_VOID(keep_owners(transaction, user));
  TRY_VOID(space::note_owner_gone(transaction, id));
  return identity::remove_user(transaction, now, actor, user);
}

}  // namespace larder::tenancy
