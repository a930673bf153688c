// What the database tests share: the same tests run on SQLite and on PostgreSQL.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "database/database.h"
#include "support/temp_dir.h"

namespace larder::database {

inline Log& test_log() {
  static const auto log = Log::open({.target = "stderr", .level = Level::kError});
  return **log;
}

// DatabaseTest: an empty database of the kind of the parameter.
class DatabaseTest : public testing::Test {
 protected:
  void SetUp() override { database_ = open(); }

  std::string url() const { return "sqlite:" + (folder_ / "test.db"); }
  std::unique_ptr<Database> open(Database::Options options = {}) const {
    auto database = Database::open(url(), options, test_log());
    EXPECT_TRUE(database) << database.error().text;
    return database ? std::move(*database) : nullptr;
  }

  support::TempDir folder_;
  std::unique_ptr<Database> database_;
};

}  // namespace larder::database
