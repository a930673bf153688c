#include "identity/first_admin.h"

#include <string_view>
#include <utility>

#include "identity/known_places.h"
#include "identity/password.h"
#include "identity/second_factor.h"
#include "identity/user_changes.h"
#include "identity/users.h"
#include "ledger/actor.h"

namespace larder::identity {
namespace {

using database::Transaction;
using ledger::Actor;
using ledger::ProblemKind;
using ledger::refuse;
using ledger::Result;

constexpr std::string_view kFirstAdmin = "admin@localhost";

}  // namespace

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

}  // namespace larder::identity
