// PortalTest: the portal's tables in memory, a clock that stands still, and people to be found there.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "core/check.h"
#include "core/log.h"
#include "database/database.h"
#include "database/migrate.h"
#include "portal/api_config.h"
#include "portal/password.h"
#include "portal/schema.h"
#include "portal/secret.h"
#include "portal/time.h"
#include "portal/users.h"
#include "support/eventually.h"
#include "support/manual_clock.h"

namespace larder::portal {

class PortalTest : public ::testing::Test {
 protected:
  PortalTest() {
    config.sign_in.hash_memory = 8192;  // the least: tests sign in a lot
    config.sign_in.hash_passes = 1;
    const auto migrated = database::migrate(*database, migrations());
    CHECK(migrated.has_value(), "an empty database takes all steps");
  }

  WallTime now() const { return clock.wall(); }

  template <class F>
  auto read(F f) {
    return database->read(f);
  }
  template <class F>
  auto write(F f) {
    return database->write(f);
  }

  /// A user with the password "open sesame 12".
  User add_user(const std::string& email, bool admin = false) {
    const auto hash = hash_password(config.sign_in, kPassword);
    CHECK(hash.has_value(), "8 KiB are there");
    auto user = write([&](database::Transaction& transaction) {
      return create_user(transaction, now(), Actor(),
                         {.email = email, .name = email, .admin = admin, .password_hash = *hash, .sso_subject = {}});
    });
    CHECK(user.has_value(), "the e-mail is new");
    return *std::move(user);
  }

  std::int64_t count(const std::string& table, const std::string& condition = "1 = 1") {
    auto rows = read([&](database::Transaction& transaction) {
      return transaction.run("SELECT COUNT(*) FROM " + table + " WHERE " + condition);
    });
    CHECK(rows.has_value(), "the table is there");
    return (*rows)[0].number(0);
  }

  static constexpr const char* kPassword = "open sesame 12";

  support::ManualClock clock;
  ApiConfig config;
  std::unique_ptr<Log> log = *Log::open({.program = "test", .target = "stderr", .level = Level::kError});
  std::unique_ptr<database::Database> database =
      *database::Database::open("sqlite::memory:", {.connections = 4, .patience = support::kPatience}, *log);
};

}  // namespace larder::portal
