// LedgerTest: the portal's tables in memory, and a clock that stands still.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>

#include "core/check.h"
#include "core/log.h"
#include "database/database.h"
#include "database/migrate.h"
#include "ledger/schema.h"
#include "support/eventually.h"
#include "support/manual_clock.h"

namespace larder::ledger {

class LedgerTest : public ::testing::Test {
 protected:
  LedgerTest() {
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

  std::int64_t count(const std::string& table, const std::string& condition = "1 = 1") {
    auto rows = read([&](database::Transaction& transaction) {
      return transaction.run("SELECT COUNT(*) FROM " + table + " WHERE " + condition);
    });
    CHECK(rows.has_value(), "the table is there");
    return (*rows)[0].number(0);
  }

  support::ManualClock clock;
  std::unique_ptr<Log> log = *Log::open({.program = "test", .target = "stderr", .level = Level::kError});
  std::unique_ptr<database::Database> database =
      *database::Database::open("sqlite::memory:", {.connections = 4, .patience = support::kPatience}, *log);
};

}  // namespace larder::ledger
