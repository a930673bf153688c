#include "portal/user_deletion.h"

#include "portal/ip_waiting.h"
#include "portal/user_changes.h"
#include "portal/users.h"

namespace larder::portal {
namespace {

using database::Transaction;

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

}  // namespace

Result<> delete_user(Transaction& transaction, WallTime now, const Actor& actor, const std::string& id) {
  TRY(const User user, find_user(transaction, id));
  if (user.admin && !user.disabled) {
    TRY_VOID(keep_an_admin(transaction, user));
  }
  TRY_VOID(keep_owners(transaction, user));
  TRY_VOID(note_owner_gone(transaction, id));
  return remove_user(transaction, now, actor, user);
}

}  // namespace larder::portal
