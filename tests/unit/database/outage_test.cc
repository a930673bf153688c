// A PostgreSQL server that goes away and comes back.
#include <atomic>
#include <thread>

#include "database_test.h"
#include "support/eventually.h"

namespace larder::database {
namespace {

std::size_t occurrences(std::string_view text, std::string_view word) {
  std::size_t count = 0;
  for (auto at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) ++count;
  return count;
}

// A server of its own: others must not lose theirs.
class OutageTest : public testing::Test {
 protected:
  OutageTest() { must(write("CREATE TABLE word (id BIGINT)")); }

  Result<Rows> write(std::string_view sql) {
    return database_->write([&](Transaction& t) { return t.run(sql); });
  }
  std::int64_t count() {
    return must(database_->read([](Transaction& t) { return t.run("SELECT COUNT(*) FROM word"); }))[0].number(0);
  }

  support::TempDir folder_;
  support::PrivatePostgres server_;
  const std::string log_file_ = folder_ / "log";
  const std::unique_ptr<Log> log_ = must(Log::open({.program = "test", .target = log_file_, .level = Level::kInfo}));
  const std::unique_ptr<Database> database_ =
      must(Database::open(server_.create_database(), {.connections = 4, .patience = std::chrono::hours(1)}, *log_));
};

TEST_F(OutageTest, AServerThatIsGoneIsUnavailableAtOnceAndWorksAgainAfterwards) {
  std::atomic<int> everything = 0;
  const auto subscription =
      database_->changes().subscribe([&](const Change& change) { everything += change.kind == "*"; });
  must(write("INSERT INTO word VALUES (1)"));
  server_.pause("immediate");

  for (int i = 0; i < 5; ++i) {  // none of them takes its hour
    const auto result = write("INSERT INTO word VALUES (2)");
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, Errc::kUnavailable) << result.error().text;
  }
  EXPECT_EQ(everything, 0);

  server_.resume();
  EXPECT_TRUE(support::eventually([&] { return everything == 1; }));
  must(write("INSERT INTO word VALUES (3)"));
  EXPECT_EQ(count(), 2);
  log_->flush();
  const std::string log = support::read_file(log_file_);
  EXPECT_EQ(occurrences(log, "database lost"), 1U) << log;
  EXPECT_EQ(occurrences(log, "database found again"), 1U) << log;
}

TEST_F(OutageTest, ConnectionsThatDiedWhileTheyLayIdleAreReplacedWithoutAnError) {
  std::vector<std::thread> users;
  for (int i = 0; i < 4; ++i) users.emplace_back([&] { must(write("INSERT INTO word VALUES (1)")); });
  for (std::thread& user : users) user.join();
  for (const char* mode : {"fast", "immediate"}) {
    server_.restart(mode);
    must(write("INSERT INTO word VALUES (2)"));
  }
  EXPECT_EQ(count(), 6);
}

TEST_F(OutageTest, ATransactionThatLosesItsServerIsUnavailableAndNotRunAgain) {
  int runs = 0;
  const auto result = database_->write([&](Transaction& t) -> Result<Rows> {
    ++runs;
    TRY_VOID(t.run("INSERT INTO word VALUES (1)"));
    server_.restart("immediate");
    return t.run("INSERT INTO word VALUES (2)");
  });
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::kUnavailable) << result.error().text;
  EXPECT_EQ(runs, 1);
  EXPECT_EQ(count(), 0);
}

TEST_F(OutageTest, ACommitWithoutAnAnswerIsUnavailableAndNotRunAgain) {
  int runs = 0;
  const auto result = database_->write([&](Transaction& t) -> Result<Rows> {
    ++runs;
    auto rows = t.run("INSERT INTO word VALUES (1)");
    server_.restart("immediate");
    return rows;
  });
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::kUnavailable);
  EXPECT_NE(result.error().text.find("unknown whether"), std::string::npos) << result.error().text;
  EXPECT_EQ(runs, 1);
}

TEST_F(OutageTest, AServerThatHangsIsATimeout) {
  // It sleeps without looking at its time-outs, as far as the client can tell: they are longer than its patience.
  const std::string url = server_.create_database();
  std::unique_ptr<Database> hasty;
  ASSERT_TRUE(support::eventually([&] {  // on a busy machine it may need more than one go
    auto opened = Database::open(url, {.connections = 1, .patience = std::chrono::milliseconds(100)}, *log_);
    if (opened) hasty = *std::move(opened);
    return hasty != nullptr;
  }));
  const auto result = hasty->read([](Transaction& t) -> Result<Rows> {
    TRY_VOID(t.run("SET LOCAL statement_timeout = 0"));
    return t.run("SELECT pg_sleep(60)");
  });
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::kTimeout) << result.error().text;
  EXPECT_TRUE(
      support::eventually([&] { return hasty->read([](Transaction& t) { return t.run("SELECT 1"); }).has_value(); }));
}

}  // namespace
}  // namespace larder::database
