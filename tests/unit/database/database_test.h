// What the database tests share: the same tests run on SQLite and on PostgreSQL.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "database/database.h"
#include "support/private_postgres.h"
#include "support/temp_dir.h"

namespace larder::database {

enum class Kind { kSqlite, kPostgres };

/// A value, or the test ends with the error.
template <class T, class E>
T must(std::expected<T, E> result) {
  if (!result) throw std::runtime_error(result.error().text);
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

inline Log& test_log() {
  static const auto log = must(Log::open({.program = "test", .target = "stderr", .level = Level::kError}));
  return *log;
}

// DatabaseTest: an empty database of the kind that is the test's parameter.
class DatabaseTest : public testing::TestWithParam<Kind> {
 protected:
  DatabaseTest()
      : url_(GetParam() == Kind::kPostgres ? support::PrivatePostgres::shared().create_database()
                                           : "sqlite:" + (folder_ / "test.db")),
        database_(open()) {}

  /// Another program's, as far as the database can tell.
  std::unique_ptr<Database> open(Database::Options options = {}) const {
    return must(Database::open(url_, options, test_log()));
  }
  Rows write(std::string_view sql, std::vector<Value> values = {}) {
    return must(database_->write([&](Transaction& t) { return t.run(sql, values); }));
  }
  Rows read(std::string_view sql, std::vector<Value> values = {}) {
    return must(database_->read([&](Transaction& t) { return t.run(sql, values); }));
  }
  std::int64_t number(std::string_view sql) { return read(sql)[0].number(0); }

  support::TempDir folder_;
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
