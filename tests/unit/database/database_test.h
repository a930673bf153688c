// What the database tests share: the same tests run on SQLite and on PostgreSQL.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "database/database.h"
#include "support/eventually.h"
#include "support/private_postgres.h"
#include "support/temp_dir.h"

namespace larder::database {

enum class Kind { kSqlite, kPostgres };

/// A value, or the test ends with the error.
template <class T, class E>
T must(std::expected<T, E>&& result) {
  if (!result) throw std::runtime_error(result.error().text);
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

inline Log& test_log() {
  static const auto log = must(Log::open({.program = "test", .target = "stderr", .level = Level::kError}));
  return *log;
}

/// Nobody is refused because the machine is busy.
inline Database::Options patient() { return {.connections = 8, .patience = support::kPatience}; }

// DatabaseTest: an empty database of the kind that is the test's parameter.
class DatabaseTest : public testing::TestWithParam<Kind> {
 protected:
  DatabaseTest()
      : url_(GetParam() == Kind::kPostgres ? support::PrivatePostgres::shared().create_database()
                                           : "sqlite:" + (folder_ / "test.db")),
        database_(open()) {}

  /// Another program's, as far as the database can tell.
  std::unique_ptr<Database> open(Database::Options options = patient()) const {
    return must(Database::open(url_, options, test_log()));
  }
  /// One that waits for nothing for long, and works: on a busy machine that may need more than one go.
  std::unique_ptr<Database> open_hasty(std::size_t connections) const {
    std::unique_ptr<Database> hasty;
    EXPECT_TRUE(support::eventually([&] {
      const auto patience = std::chrono::milliseconds(100);
      auto opened = Database::open(url_, {.connections = connections, .patience = patience}, test_log());
      if (opened) hasty = *std::move(opened);
      return hasty && hasty->read([](Transaction& t) { return t.run("SELECT 1"); });
    }));
    return hasty;
  }
  Rows write(std::string_view sql, std::vector<Value> values = {}) {
    return must(database_->write([&](Transaction& t) { return t.run(sql, values); }));
  }
  Rows read(std::string_view sql, std::vector<Value> values = {}) {
    return must(database_->read([&](Transaction& t) { return t.run(sql, values); }));
  }
  std::int64_t number(std::string_view sql) { return read(sql)[0].number(0); }

  support::TempDir folder_{support::TempDir::Where::kMemory};
  const std::string url_;
  const std::unique_ptr<Database> database_;
};

inline std::string kind_name(const testing::TestParamInfo<Kind>& info) {
  return info.param == Kind::kSqlite ? "Sqlite" : "Postgres";
}

}  // namespace larder::database

/// Runs the tests of a DatabaseTest on both.
#define LARDER_ON_BOTH(suite)                                                                                       \
  INSTANTIATE_TEST_SUITE_P(On, suite,                                                                               \
                           testing::Values(::larder::database::Kind::kSqlite, ::larder::database::Kind::kPostgres), \
                           ::larder::database::kind_name)
