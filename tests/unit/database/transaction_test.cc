#include <atomic>
#include <barrier>
#include <limits>
#include <thread>

#include "database_test.h"
#include "support/eventually.h"

namespace larder::database {
namespace {

class TransactionTest : public DatabaseTest {
 protected:
  TransactionTest() {
    write("CREATE TABLE word (id BIGINT PRIMARY KEY, text TEXT UNIQUE, owner BIGINT REFERENCES word)");
  }
};
LARDER_ON_BOTH(TransactionTest);

TEST_P(TransactionTest, KeepsWhatItWroteWhenTheResultIsAValue) {
  write("INSERT INTO word (id, text) VALUES ($2, $1)", {"x", 5});

  const Rows rows = read("SELECT id, text, owner FROM word");
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].number(0), 5);
  EXPECT_EQ(rows[0].text(1), "x");
  EXPECT_TRUE(rows[0].is_null(2));
}

TEST_P(TransactionTest, KeepsNothingWhenTheResultIsAnError) {
  const auto result = database_->write([](Transaction& t) -> Result<> {
    TRY_VOID(t.run("INSERT INTO word (id) VALUES (1)"));
    return fail(Errc::kNotFound, "changed my mind");
  });

  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().text, "changed my mind");
  EXPECT_EQ(number("SELECT COUNT(*) FROM word"), 0);
}

TEST_P(TransactionTest, KeepsNothingAfterAFailedStatementEvenIfTheErrorIsIgnored) {
  write("INSERT INTO word (id) VALUES (1)");

  Errc later = Errc::kCancelled;
  const auto result = database_->write([&](Transaction& t) -> Result<int> {
    TRY_VOID(t.run("INSERT INTO word (id) VALUES (2)"));
    EXPECT_FALSE(t.run("INSERT INTO word (id) VALUES (1)"));
    const auto rows = t.run("INSERT INTO word (id) VALUES (3)");
    if (!rows) later = rows.error().code;
    return 1;
  });

  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::kConflict);
  EXPECT_EQ(later, Errc::kConflict);
  EXPECT_EQ(number("SELECT COUNT(*) FROM word"), 1);
}

TEST_P(TransactionTest, ReadsCannotWrite) {
  const auto result = database_->read([](Transaction& t) { return t.run("INSERT INTO word (id) VALUES (1)"); });
  EXPECT_FALSE(result);
  EXPECT_EQ(number("SELECT COUNT(*) FROM word"), 0);
}

TEST_P(TransactionTest, AReadSeesOneStateWhileOthersWrite) {
  write("INSERT INTO word (id) VALUES (1)");
  const auto seen = must(database_->read([&](Transaction& t) -> Result<std::int64_t> {
    TRY(const Rows before, t.run("SELECT COUNT(*) FROM word"));
    std::thread([&] { write("INSERT INTO word (id) VALUES (2)"); }).join();
    TRY(const Rows after, t.run("SELECT COUNT(*) FROM word"));
    return after[0].number(0);
  }));
  EXPECT_EQ(seen, 1);
  EXPECT_EQ(number("SELECT COUNT(*) FROM word"), 2);
}

TEST_P(TransactionTest, ValuesComeBackAsTheyWere) {
  using Limits = std::numeric_limits<std::int64_t>;
  const std::vector<std::string> texts = {
      "", "plain", "K\u00f8benhavn \u6771\u4eac \U0001F980", "'; DROP TABLE word; --", "5", std::string(100'000, 'x')};
  std::int64_t id = 0;
  for (const std::string& text : texts) write("INSERT INTO word (id, text) VALUES ($1, $2)", {++id, text});
  for (const std::int64_t limit : {Limits::min(), Limits::max()}) write("INSERT INTO word (id) VALUES ($1)", {limit});

  id = 0;
  for (const std::string& text : texts) {
    EXPECT_EQ(read("SELECT text FROM word WHERE id = $1", {++id})[0].text(0), text);
    EXPECT_EQ(read("SELECT id FROM word WHERE text = $1", {text})[0].number(0), id);
  }
  EXPECT_EQ(number("SELECT MIN(id) FROM word"), Limits::min());
  EXPECT_EQ(number("SELECT MAX(id) FROM word"), Limits::max());
}

TEST_P(TransactionTest, CountsSumsTruthsAndBareValuesAreNumbersAndTexts) {
  write("INSERT INTO word (id, text) VALUES (1, 'a'), (2, 'b'), (5000000000, NULL)");

  const Rows rows = read(
      "SELECT COUNT(*), SUM(id), text IS NULL, EXISTS (SELECT 1 FROM word), $1, $2, $1 + 1, $1 - 1000, "
      "COALESCE(text, $2), $3, LENGTH(text) FROM word WHERE id > $1 - 5000000000 GROUP BY text ORDER BY text NULLS "
      "LAST",
      {5'000'000'000, "word", nullptr});

  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[0].number(0), 1);
  EXPECT_EQ(rows[1].number(1), 2);
  EXPECT_EQ(rows[0].number(2), 0);
  EXPECT_EQ(rows[2].number(2), 1);
  EXPECT_TRUE(rows[0].flag(3));
  EXPECT_EQ(rows[0].number(4), 5'000'000'000);
  EXPECT_EQ(rows[0].text(5), "word");
  EXPECT_EQ(rows[0].number(6), 5'000'000'001);
  EXPECT_EQ(rows[0].number(7), 4'999'999'000);
  EXPECT_EQ(rows[2].text(8), "word");
  EXPECT_TRUE(rows[0].is_null(9));
  EXPECT_EQ(rows[0].number(10), 1);
}

TEST_P(TransactionTest, NullsMayStandWhereNothingSaysTheirType) {
  write("INSERT INTO word (id, text) VALUES (1, 'a'), (2, NULL)");
  constexpr std::string_view kSql =
      "SELECT COUNT(*) FROM word WHERE ($1 IS NULL OR text = 'a') AND ($2 IS NULL OR id = $2) AND $3 IS NULL";
  EXPECT_EQ(read(kSql, {nullptr, nullptr, nullptr})[0].number(0), 2);
  EXPECT_EQ(read(kSql, {"x", nullptr, nullptr})[0].number(0), 1);
  EXPECT_EQ(read(kSql, {nullptr, 2, nullptr})[0].number(0), 1);
  write("UPDATE word SET text = $1, owner = $2 WHERE id = $3", {nullptr, nullptr, 1});
  EXPECT_EQ(number("SELECT COUNT(*) FROM word WHERE text IS NULL"), 2);
}

TEST_P(TransactionTest, TellsHowManyRowsChanged) {
  EXPECT_EQ(write("INSERT INTO word (id) VALUES (1), (2), (3)").changed, 3);
  EXPECT_EQ(write("UPDATE word SET text = 'x' WHERE id = 1").changed, 1);
  EXPECT_EQ(write("UPDATE word SET text = 'x' WHERE id = 9").changed, 0);
  EXPECT_EQ(write("INSERT INTO word (id) VALUES (1) ON CONFLICT DO NOTHING").changed, 0);
  const Rows gone = write("DELETE FROM word WHERE id > 1 RETURNING id");
  EXPECT_EQ(gone.changed, 2);
  EXPECT_EQ(gone.size(), 2U);
  EXPECT_EQ(write("CREATE TABLE other (id BIGINT)").changed, 0);
  EXPECT_EQ(read("SELECT id FROM word").changed, 0);
}

TEST_P(TransactionTest, TextsThatAreNoTextAreRefused) {
  for (const std::string& text :
       {std::string("a\0b", 3), std::string("\xff"), std::string("\xc3"), std::string("\xed\xa0\x80"),
        std::string("\xc0\x80"), std::string("\xf4\x90\x80\x80"), std::string("ab\xe2\x82")}) {
    const auto result =
        database_->write([&](Transaction& t) { return t.run("INSERT INTO word VALUES (1, $1)", {text}); });
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, Errc::kInvalid) << result.error().text;
  }
}

TEST_P(TransactionTest, AKeyThatIsThereIsAConflictThatNamesNoValue) {
  write("INSERT INTO word (id, text) VALUES (1, 'secret')");
  for (const char* sql : {"INSERT INTO word (id, text) VALUES (2, 'secret')", "INSERT INTO word (id) VALUES (1)",
                          "INSERT INTO word (id, owner) VALUES (3, 7)", "UPDATE word SET owner = 8"}) {
    const auto result = database_->write([&](Transaction& t) { return t.run(sql); });
    ASSERT_FALSE(result) << sql;
    EXPECT_EQ(result.error().code, Errc::kConflict) << result.error().text;
    EXPECT_EQ(result.error().text.find("secret"), std::string::npos) << result.error().text;
  }
}

TEST_P(TransactionTest, AWrongStatementIsInvalid) {
  for (const char* sql : {"SELEKT 1", "SELECT nothing FROM word", "", "SELECT 1; SELECT 2", "SELECT $2"}) {
    const auto result = database_->write([&](Transaction& t) { return t.run(sql, {1}); });
    ASSERT_FALSE(result) << sql;
    EXPECT_EQ(result.error().code, Errc::kInvalid) << sql << ": " << result.error().text;
  }
}

TEST_P(TransactionTest, ListsAreTables) {
  write("INSERT INTO word (id, text) VALUES (1, 'a'), (2, 'b'), (3, 'c')");
  const Rows rows = must(database_->read([](Transaction& t) {
    return t.run(
        "SELECT id FROM word JOIN " + t.list("$2") + " AS wanted ON wanted.value = word.text WHERE id > $1 ORDER BY id",
        {1, R"(["c", "a", "b\"", "b"])"});
  }));
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].number(0), 2);
  EXPECT_EQ(rows[1].number(0), 3);
  EXPECT_EQ(must(database_->read([](Transaction& t) {
              return t.run("SELECT id FROM word WHERE text IN (SELECT value FROM " + t.list("$1") + " AS wanted)",
                           {"[]"});
            })).size(),
            0U);
}

TEST_P(TransactionTest, LikeHeedsCase) {
  EXPECT_EQ(read("SELECT CASE WHEN 'Abc' LIKE $1 ESCAPE '\\' THEN 1 ELSE 0 END", {"ab%"})[0].number(0), 0);
  EXPECT_EQ(read("SELECT CASE WHEN 'a%c' LIKE $1 ESCAPE '\\' THEN 1 ELSE 0 END", {"a\\%_"})[0].number(0), 1);
}

TEST_P(TransactionTest, ManyStatementsAreKnownAndForgotten) {
  for (int i = 0; i < 600; ++i) {
    ASSERT_EQ(number(fmt::format("SELECT {}", i)), i);
  }
}

TEST_P(TransactionTest, StatementsFollowTheirTable) {
  write("INSERT INTO word (id) VALUES (1)");
  EXPECT_EQ(read("SELECT * FROM word")[0].size(), 3U);
  write("ALTER TABLE word ADD COLUMN more BIGINT");
  EXPECT_EQ(read("SELECT * FROM word")[0].size(), 4U);
}

// Two who each see that the other is still there, and go: one of them has to look again.
TEST_P(TransactionTest, TwoWritesCannotBreakARuleTogether) {
  write("INSERT INTO word (id) VALUES (1), (2)");
  std::barrier start(2);
  std::atomic<int> runs = 0;
  std::atomic<int> looked = 0;
  std::atomic<int> gone = 0;
  const auto leave = [&](int id) {
    start.arrive_and_wait();
    const auto result = database_->write([&](Transaction& t) -> Result<> {
      ++runs;
      TRY(const Rows rows, t.run("SELECT COUNT(*) FROM word"));
      if (rows[0].number(0) < 2) return fail(Errc::kRefused, "the last one stays");
      ++looked;
      while (database_->is_postgres() && looked < 2) std::this_thread::yield();
      TRY_VOID(t.run("DELETE FROM word WHERE id = $1", {id}));
      return {};
    });
    if (result) ++gone;
  };
  std::thread first(leave, 1);
  std::thread second(leave, 2);
  first.join();
  second.join();

  EXPECT_EQ(gone, 1);
  EXPECT_EQ(number("SELECT COUNT(*) FROM word"), 1);
  EXPECT_GE(runs, database_->is_postgres() ? 3 : 2);
}

TEST_P(TransactionTest, ManyWritersOfOneRowAllComeThrough) {
  write("INSERT INTO word (id, owner) VALUES (1, NULL)");
  write("CREATE TABLE counter (n BIGINT)");
  write("INSERT INTO counter VALUES (0)");
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 5; ++n) {
        const auto result = database_->write([](Transaction& t) -> Result<Rows> {
          TRY(const Rows rows, t.run("SELECT n FROM counter"));
          return t.run("UPDATE counter SET n = $1", {rows[0].number(0) + 1});
        });
        EXPECT_TRUE(result) << result.error().text;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(number("SELECT n FROM counter"), 20);
}

TEST_P(TransactionTest, WaitingForALockEnds) {
  const auto hasty = open_hasty(2);
  write("INSERT INTO word (id) VALUES (1)");
  must(database_->write([&](Transaction& t) -> Result<> {
    TRY_VOID(t.run("UPDATE word SET text = 'x'"));
    const auto result = hasty->write([](Transaction& other) { return other.run("UPDATE word SET text = 'y'"); });
    EXPECT_FALSE(result);
    if (!result) {
      EXPECT_EQ(result.error().code, Errc::kTimeout) << result.error().text;
    }
    return {};
  }));
  // The lock is free now; on a busy machine it may need more than one go.
  EXPECT_TRUE(support::eventually([&] {
    return hasty->write([](Transaction& other) { return other.run("UPDATE word SET text = 'y'"); }).has_value();
  }));
}

TEST_P(TransactionTest, AStatementThatTakesTooLongEnds) {
  const auto hasty = open_hasty(2);
  const auto result = hasty->read([](Transaction& t) {
    return t.run(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000000000) SELECT COUNT(*) FROM n");
  });
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::kTimeout) << result.error().text;
  EXPECT_TRUE(
      support::eventually([&] { return hasty->read([](Transaction& t) { return t.run("SELECT 1"); }).has_value(); }));
}

TEST_P(TransactionTest, WaitingForAConnectionEnds) {
  const auto small = open_hasty(1);
  EXPECT_TRUE(support::eventually([&] {
    return small
        ->read([&](Transaction&) -> Result<> {
          const auto result = small->read([](Transaction& t) { return t.run("SELECT 1"); });
          EXPECT_FALSE(result);
          if (!result) {
            EXPECT_EQ(result.error().code, Errc::kTimeout) << result.error().text;
          }
          return {};
        })
        .has_value();
  }));
}

}  // namespace
}  // namespace larder::database
