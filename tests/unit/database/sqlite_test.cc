#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "database/migrate.h"
#include "database/sqlite_copy.h"
#include "database_test.h"
#include "support/eventually.h"

namespace larder::database {
namespace {

constexpr std::array<Migration, 2> kSteps = {{
    {1, "words", "CREATE TABLE word (id BIGINT PRIMARY KEY, text TEXT);"},
    {2, "owners", "CREATE TABLE owner (id BIGINT REFERENCES word);"},
}};

unsigned mode_of(const std::string& file) {
  struct ::stat found = {};
  return ::stat(file.c_str(), &found) == 0 ? found.st_mode & 0777U : 0;
}

class SqliteTest : public testing::Test {
 protected:
  SqliteTest() { must(migrate(*database_, kSteps)); }

  static std::unique_ptr<Database> open(const std::string& file) {
    return must(Database::open("sqlite:" + file, patient(), test_log()));
  }
  static void add(Database& database, std::int64_t id) {
    must(database.write(
        [&](Transaction& t) { return t.run("INSERT INTO word VALUES ($1, $2)", {id, std::string(2000, 'x')}); }));
  }
  static std::int64_t count(Database& database) {
    return must(database.read([](Transaction& t) { return t.run("SELECT COUNT(*) FROM word"); }))[0].number(0);
  }

  support::TempDir folder_{support::TempDir::Where::kMemory};
  const std::string file_ = folder_ / "portal.db";
  std::unique_ptr<Database> database_ = open(file_);
};

TEST_F(SqliteTest, OnlyTheOwnerMayReadItsFiles) {
  add(*database_, 1);
  for (const char* suffix : {"", "-wal", "-shm", ".lock"}) EXPECT_EQ(mode_of(file_ + suffix), 0600U) << suffix;
}

TEST_F(SqliteTest, ADatabaseInMemoryIsOneForAllItsTransactions) {
  const auto memory = must(Database::open("sqlite::memory:", {}, test_log()));
  must(migrate(*memory, kSteps));
  add(*memory, 1);
  EXPECT_EQ(count(*memory), 1);
  EXPECT_FALSE(memory->read([](Transaction& t) { return t.run("DELETE FROM word"); }));
  EXPECT_EQ(count(*memory), 1);
  must(memory->backup(folder_ / "copy"));
  EXPECT_EQ(count(*open(folder_ / "copy")), 1);
}

TEST_F(SqliteTest, SeveralProgramsMayMakeItAtOnce) {
  for (int round = 0; round < 5; ++round) {
    const std::string file = folder_ / ("new" + std::to_string(round));
    std::vector<std::thread> programs;
    for (int i = 0; i < 4; ++i) {
      programs.emplace_back([&] {
        const auto database = Database::open("sqlite:" + file, patient(), test_log());
        ASSERT_TRUE(database) << database.error().text;
        const auto result = migrate(**database, kSteps);
        EXPECT_TRUE(result) << result.error().text;
      });
    }
    for (std::thread& program : programs) program.join();
    EXPECT_EQ(must(schema_version(*open(file))), 2);
  }
}

TEST_F(SqliteTest, ReferencesHold) {
  EXPECT_FALSE(database_->write([](Transaction& t) { return t.run("INSERT INTO owner VALUES (7)"); }));
}

TEST_F(SqliteTest, AFileThatIsNoDatabaseIsCorruptAndNamed) {
  support::write_file(folder_ / "letter", std::string(5000, 'a'));
  const auto result = Database::open("sqlite:" + (folder_ / "letter"), {}, test_log());
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::kCorrupt);
  EXPECT_NE(result.error().text.find(folder_ / "letter"), std::string::npos) << result.error().text;
}

TEST_F(SqliteTest, AFolderThatIsMissingIsNamed) {
  const auto result = Database::open("sqlite:" + (folder_ / "no/portal.db"), {}, test_log());
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::kNotFound);
}

TEST_F(SqliteTest, ABackupIsOneStateWhileOthersWrite) {
  add(*database_, 0);
  std::atomic<bool> stop = false;
  std::atomic<int> written = 0;
  std::thread writer([&] {
    for (std::int64_t id = 1; !stop; ++id) {
      must(database_->write([&](Transaction& t) -> Result<> {
        // Two rows at a time: a copy of one state has an odd number of them.
        TRY_VOID(t.run("INSERT INTO word VALUES ($1, 'x'), ($2, 'y')", {2 * id, 2 * id + 1}));
        return {};
      }));
      ++written;
    }
  });
  EXPECT_TRUE(support::eventually([&] { return written > 3; }));
  for (int i = 0; i < 5; ++i) {
    const std::string copy = folder_ / ("copy" + std::to_string(i));
    const int before = written;
    const auto result = database_->backup(copy);
    EXPECT_TRUE(result) << result.error().text;
    EXPECT_EQ(mode_of(copy), 0600U);
    EXPECT_EQ(mode_of(copy + "-wal"), 0U);
    const auto copied = count(*open(copy));
    EXPECT_EQ(copied % 2, 1);
    EXPECT_GE(copied, 2 * before + 1);
  }
  stop = true;
  writer.join();
}

TEST_F(SqliteTest, ABackupOverwritesNothing) {
  support::write_file(folder_ / "letter", "dear");
  const auto result = database_->backup(folder_ / "letter");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::kConflict);
  EXPECT_EQ(support::read_file(folder_ / "letter"), "dear");
}

TEST_F(SqliteTest, ADatabaseInUseIsNotRestored) {
  must(database_->backup(folder_ / "copy"));
  add(*database_, 1);
  const auto result = restore(folder_ / "copy", file_, kSteps);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::kConflict);
  EXPECT_EQ(count(*database_), 1);
}

TEST_F(SqliteTest, RestoreBringsBackTheStateOfTheBackup) {
  add(*database_, 1);
  must(database_->backup(folder_ / "copy"));
  add(*database_, 2);
  database_.reset();

  EXPECT_EQ(must(restore(folder_ / "copy", file_, kSteps)), 2);

  EXPECT_EQ(mode_of(file_), 0600U);
  EXPECT_EQ(mode_of(file_ + ".restoring"), 0U);
  EXPECT_EQ(count(*open(file_)), 1);
}

TEST_F(SqliteTest, WhatRootMakesBelongsToWhoseDatabaseItIs) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  constexpr uid_t kService = 61234;
  const auto owner_of = [](const std::string& file) {
    struct ::stat found = {};
    return ::stat(file.c_str(), &found) == 0 ? found.st_uid : uid_t{0};
  };
  ASSERT_EQ(::chown(file_.c_str(), kService, kService), 0);
  std::filesystem::remove(file_ + ".lock");
  database_ = open(file_);
  EXPECT_EQ(owner_of(file_ + ".lock"), kService);
  must(database_->backup(folder_ / "copy"));
  EXPECT_EQ(owner_of(folder_ / "copy"), kService);
  database_.reset();
  ASSERT_EQ(::chown((folder_ / "copy").c_str(), 0, 0), 0);
  must(restore(folder_ / "copy", file_, kSteps));
  EXPECT_EQ(owner_of(file_), kService);

  std::filesystem::remove(file_);
  std::filesystem::remove(file_ + ".lock");
  ASSERT_EQ(::chown(folder_.path().c_str(), kService, kService), 0);
  must(restore(folder_ / "copy", file_, kSteps));
  EXPECT_EQ(owner_of(file_), kService);
  EXPECT_EQ(owner_of(file_ + ".lock"), kService);
}

TEST_F(SqliteTest, ABackupOfAnOlderSchemaIsRestoredAndBroughtUpToDate) {
  {
    const auto older = open(folder_ / "older");
    must(migrate(*older, kSteps, 1));
    add(*older, 7);
    must(older->backup(folder_ / "copy"));
  }
  database_.reset();
  EXPECT_EQ(must(restore(folder_ / "copy", file_, kSteps)), 1);
  const auto restored = open(file_);
  EXPECT_EQ(must(migrate(*restored, kSteps)), 1);
  EXPECT_EQ(must(schema_version(*restored)), 2);
  EXPECT_EQ(count(*restored), 1);
}

TEST_F(SqliteTest, RestoreReplacesADamagedDatabaseAndItsLog) {
  add(*database_, 1);
  must(database_->backup(folder_ / "copy"));
  database_.reset();
  support::write_file(file_, std::string(9000, 'z'));
  support::write_file(file_ + "-wal", std::string(9000, 'z'));
  must(restore(folder_ / "copy", file_, kSteps));
  EXPECT_EQ(mode_of(file_ + "-wal"), 0U);
  EXPECT_EQ(count(*open(file_)), 1);
}

TEST_F(SqliteTest, RestoreRefusesANewerSchemaAndOtherDatabases) {
  must(database_->backup(folder_ / "copy"));
  add(*database_, 1);
  database_.reset();
  const auto newer = restore(folder_ / "copy", file_, std::span(kSteps).first(1));
  ASSERT_FALSE(newer);
  EXPECT_EQ(newer.error().code, Errc::kRefused);

  must(open(folder_ / "other")->write([](Transaction& t) { return t.run("CREATE TABLE a (b TEXT)"); }));
  const auto other = restore(folder_ / "other", file_, kSteps);
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, Errc::kRefused);
  constexpr std::array<Migration, 1> kOthers = {{{1, "verbs", "CREATE TABLE verb (id BIGINT);"}}};
  must(migrate(*open(folder_ / "similar"), kOthers));
  EXPECT_EQ(restore(folder_ / "similar", file_, kSteps).error().code, Errc::kCorrupt);
  EXPECT_EQ(count(*open(file_)), 1) << "what was there stays";
  EXPECT_EQ(restore(folder_ / "nothing", file_, kSteps).error().code, Errc::kNotFound);
  EXPECT_EQ(mode_of(file_ + ".restoring"), 0U);
  EXPECT_EQ(count(*open(file_)), 1);
}

TEST_F(SqliteTest, ADamagedCopyIsFoundWhereverItsPagesAreDamaged) {
  for (int i = 0; i < 100; ++i) add(*database_, i);
  must(database_->backup(folder_ / "copy"));
  const std::string good = support::read_file(folder_ / "copy");
  constexpr std::size_t kPage = 4096;
  ASSERT_GT(good.size(), 20 * kPage);
  for (std::size_t page = 1; page < 20; ++page) {
    std::string bad = good;
    for (std::size_t i = 0; i < 16; ++i) bad[page * kPage + i] = static_cast<char>(~bad[page * kPage + i]);
    support::write_file(folder_ / "bad", bad);
    const auto result = check_copy(folder_ / "bad");
    ASSERT_FALSE(result) << "page " << page;
    EXPECT_EQ(result.error().code, Errc::kCorrupt) << result.error().text;
  }
  support::write_file(folder_ / "short", good.substr(0, good.size() / 2));
  EXPECT_EQ(check_copy(folder_ / "short").error().code, Errc::kCorrupt);
  support::write_file(folder_ / "empty", "");
  EXPECT_EQ(check_copy(folder_ / "empty").error().code, Errc::kCorrupt);
  EXPECT_TRUE(check_copy(folder_ / "copy"));

  support::write_file(folder_ / "bad", good.substr(0, 5 * kPage) + std::string(good.size() - 5 * kPage, '\1'));
  database_.reset();
  EXPECT_EQ(restore(folder_ / "bad", file_, kSteps).error().code, Errc::kCorrupt);
  EXPECT_EQ(count(*open(file_)), 100);
}

TEST_F(SqliteTest, ARowThatRefersToNothingIsFound) {
  must(database_->backup(folder_ / "copy"));
  {
    const auto copy = must(SqliteConnection::open(folder_ / "copy", SQLITE_OPEN_READWRITE, std::chrono::seconds(1)));
    must(copy->execute("PRAGMA foreign_keys = OFF; INSERT INTO owner VALUES (5)"));
  }
  const auto result = check_copy(folder_ / "copy");
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().text.find("owner"), std::string::npos) << result.error().text;
}

TEST_F(SqliteTest, AFileThatCannotBeWrittenToIsUnavailable) {
  const auto connection = must(SqliteConnection::open(file_, SQLITE_OPEN_READONLY, std::chrono::seconds(1)));
  const auto result = connection->run("INSERT INTO word VALUES (1, 'x')", {});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::kUnavailable) << result.error().text;
  EXPECT_EQ(result.error().text, file_ + ": the file cannot be written to");
}

TEST_F(SqliteTest, AFileThatIsRemovedOrReplacedInUseIsUnavailableUntilItIsBack) {
  add(*database_, 1);
  const auto expect_out = [&](const char* why) {
    const auto select = [](Transaction& t) { return t.run("SELECT 1"); };
    for (const auto& result : {database_->read(select), database_->write(select)}) {
      ASSERT_FALSE(result);
      EXPECT_EQ(result.error().code, Errc::kUnavailable);
      EXPECT_NE(result.error().text.find(why), std::string::npos) << result.error().text;
    }
  };
  std::filesystem::rename(file_, file_ + ".aside");
  expect_out("removed");
  std::ofstream(file_) << "";
  expect_out("replaced");
  std::filesystem::rename(file_ + ".aside", file_);
  add(*database_, 2);
  EXPECT_EQ(count(*database_), 2);
}

TEST_F(SqliteTest, AFullDiskIsNoSpaceAndKeepsWhatWasThere) {
  add(*database_, 1);
  must(database_->write([](Transaction& t) { return t.run("PRAGMA max_page_count = 20"); }));
  const auto result = database_->write([](Transaction& t) -> Result<> {
    for (int i = 2; i < 100; ++i) {
      TRY_VOID(t.run("INSERT INTO word VALUES ($1, $2)", {i, std::string(2000, 'x')}));
    }
    return {};
  });
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::kNoSpace) << result.error().text;
  EXPECT_EQ(count(*database_), 1);
  add(*database_, 2);
}

}  // namespace
}  // namespace larder::database
