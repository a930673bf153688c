#include "portal/clean_up.h"

#include <gtest/gtest.h>

#include "database/migrate.h"
#include "ledger/schema.h"
#include "ledger/time.h"

namespace larder::portal {
namespace {

constexpr std::int64_t kHour = 3'600'000;

TEST(CleanUp, RemovesWhatHasRunOutAndNothingElse) {
  const auto log = *Log::open({"test", "stderr", Level::kError});
  const auto database = *database::Database::open("sqlite::memory:", {}, *log);
  ASSERT_TRUE(database::migrate(*database, ledger::migrations()));
  const std::int64_t now = 1'000'000 * kHour;
  const auto filled = database->write([&](database::Transaction& transaction) -> larder::Result<> {
    TRY_VOID(transaction.run(
        "INSERT INTO account (id, email, email_key, name, admin, disabled, totp_enabled, totp_last_step, version, "
        "created_at, updated_at) VALUES ('u', 'u', 'u', 'u', 0, 0, 0, 0, 1, 0, 0)"));
    for (const auto& [name, end] : {std::pair("past", now - 1), std::pair("coming", now + 1)}) {
      TRY_VOID(transaction.run(
          "INSERT INTO sign_in_session (id, account_id, secret_hash, csrf_token, created_at, last_seen_at, expires_at, "
          "address, user_agent) VALUES ($1, 'u', $1, '', 0, 0, $2, '', '')",
          {name, end}));
      TRY_VOID(
          transaction.run("INSERT INTO sign_in_failure (id, subject, expires_at) VALUES ($1, 's', $2)", {name, end}));
      TRY_VOID(
          transaction.run("INSERT INTO idempotency (account_id, idempotency_key, request_hash, status, content_type, "
                          "fields_json, body, created_at) VALUES ('u', $1, '', 200, '', '', '', $2)",
                          {name, end - 24 * kHour}));
      TRY_VOID(
          transaction.run("INSERT INTO single_sign_on (state_hash, nonce, code_verifier, return_to, expires_at) "
                          "VALUES ($1, '', '', '', $2)",
                          {name, end}));
    }
    return {};
  });
  ASSERT_TRUE(filled) << filled.error().text;

  const auto removed =
      database->write([&](database::Transaction& transaction) { return clean_up(transaction, ledger::from_ms(now)); });
  ASSERT_TRUE(removed) << removed.error().internal;
  EXPECT_EQ(*removed, 4);
  for (const std::string table : {"sign_in_session WHERE id", "sign_in_failure WHERE id",
                                  "idempotency WHERE idempotency_key", "single_sign_on WHERE state_hash"}) {
    const auto left = database->read(
        [&](database::Transaction& transaction) { return transaction.run("SELECT 1 FROM " + table + " = 'coming'"); });
    ASSERT_TRUE(left) << left.error().text;
    EXPECT_EQ(left->size(), 1u) << table;
  }
}

}  // namespace
}  // namespace larder::portal
