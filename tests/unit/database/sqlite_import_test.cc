#include "database/sqlite_import.h"

#include <array>

#include "database_test.h"

namespace larder::database {
namespace {

// "a_child" comes before what it refers to in the order of names.
constexpr std::array<Migration, 2> kImportSteps = {{
    {1, "words", "CREATE TABLE z_parent (id TEXT PRIMARY KEY, number BIGINT, text TEXT);"},
    {2, "children",
     "CREATE TABLE a_child (parent TEXT NOT NULL REFERENCES z_parent (id), place BIGINT NOT NULL,\n"
     "  PRIMARY KEY (parent, place));\nCREATE TABLE setting (name TEXT PRIMARY KEY, text TEXT);\n"
     "INSERT INTO setting VALUES ('made', 'by the schema');"},
}};

class SqliteImportTest : public DatabaseTest {
 protected:
  static constexpr int kParents = 251;  // more than are copied at a time

  SqliteImportTest() : source_(must(Database::open("sqlite:" + file_, patient(), test_log()))) {
    must(migrate(*source_, kImportSteps));
    must(source_->write([&](Transaction& t) -> Result<Rows> {
      for (int i = 0; i < kParents; ++i) {
        const std::string id = fmt::format("parent-{}", i);
        TRY_VOID(
            t.run("INSERT INTO z_parent VALUES ($1, $2, $3)", {id, i % 2 == 0 ? Value(i) : Value(nullptr), kText}));
        TRY_VOID(t.run("INSERT INTO a_child VALUES ($1, $2)", {id, -i}));
      }
      return t.run("UPDATE setting SET text = 'by somebody'");
    }));
  }
  Result<std::int64_t> import_all() { return import_sqlite(file_, *database_, kImportSteps, {"z_parent"}); }

  const std::string kText = "ä \"quoted\" \n';--";
  const std::string file_ = folder_ / "source.db";
  std::unique_ptr<Database> source_;
};
LARDER_ON_BOTH(SqliteImportTest);

TEST_P(SqliteImportTest, AllRowsAreThereAfterwards) {
  source_.reset();
  EXPECT_EQ(must(import_all()), 2 * kParents + 1);
  EXPECT_EQ(number("SELECT COUNT(*) FROM a_child c JOIN z_parent p ON p.id = c.parent"), kParents);
  EXPECT_EQ(number("SELECT COUNT(*) FROM z_parent WHERE number IS NULL"), kParents / 2);
  EXPECT_EQ(read("SELECT text FROM z_parent WHERE id = 'parent-250'")[0].text(0), kText);
  EXPECT_EQ(number("SELECT place FROM a_child WHERE parent = 'parent-250'"), -250);
  EXPECT_EQ(read("SELECT text FROM setting")[0].text(0), "by somebody");
  EXPECT_EQ(must(schema_version(*database_)), 2);
}

TEST_P(SqliteImportTest, NothingIsChangedInADatabaseThatIsUsed) {
  source_.reset();
  must(migrate(*database_, kImportSteps));
  write("INSERT INTO z_parent VALUES ('mine', 1, 'x')");
  const auto result = import_all();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::kConflict);
  EXPECT_EQ(number("SELECT COUNT(*) FROM z_parent"), 1);
  EXPECT_EQ(read("SELECT text FROM setting")[0].text(0), "by the schema");
}

TEST_P(SqliteImportTest, WhatAProgramHasOpenIsNotImported) {
  const auto result = import_all();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::kConflict);
  must(source_->backup(folder_ / "copy"));
  EXPECT_EQ(must(import_sqlite(folder_ / "copy", *database_, kImportSteps, {"z_parent"})), 2 * kParents + 1);
}

TEST_P(SqliteImportTest, AnotherSchemaIsRefused) {
  source_.reset();
  const auto older = folder_ / "older.db";
  must(migrate(*must(Database::open("sqlite:" + older, patient(), test_log())), kImportSteps, 1));
  EXPECT_EQ(import_sqlite(older, *database_, kImportSteps, {"z_parent"}).error().code, Errc::kRefused);
  EXPECT_EQ(import_sqlite(file_, *database_, std::span(kImportSteps).first(1), {"z_parent"}).error().code,
            Errc::kRefused);
  EXPECT_EQ(import_sqlite(folder_ / "none", *database_, kImportSteps, {"z_parent"}).error().code, Errc::kNotFound);
  EXPECT_EQ(must(schema_version(*database_)), 0);
}

}  // namespace
}  // namespace larder::database
