// IdentityTest: people to be found in the portal's tables.
#pragma once

#include <string>
#include <utility>

#include "core/check.h"
#include "identity/password.h"
#include "identity/sign_in_config.h"
#include "identity/users.h"
#include "ledger/actor.h"
#include "ledger/secret.h"
#include "ledger/time.h"
#include "unit/ledger/ledger_test.h"

namespace larder::identity {

class IdentityTest : public ledger::LedgerTest {
 protected:
  IdentityTest() {
    sign_in_config.hash_memory = 8192;  // the least: tests sign in a lot
    sign_in_config.hash_passes = 1;
  }

  /// A user with the password "open sesame 12".
  User add_user(const std::string& email, bool admin = false) {
    const auto hash = hash_password(sign_in_config, kPassword);
    CHECK(hash.has_value(), "8 KiB are there");
    auto user = write([&](database::Transaction& transaction) {
      return create_user(transaction, now(), ledger::Actor(),
                         {.email = email, .name = email, .admin = admin, .password_hash = *hash, .sso_subject = {}});
    });
    CHECK(user.has_value(), "the e-mail is new");
    return *std::move(user);
  }

  static constexpr const char* kPassword = "open sesame 12";

  SignInConfig sign_in_config;
};

}  // namespace larder::identity
