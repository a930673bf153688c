// The change log: what is in it, who sees what of it, and that nobody who follows it ever misses a change.
#include "database/change_log.h"

#include <algorithm>
#include <atomic>
#include <functional>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "database/migrate.h"
#include "ledger/schema.h"
#include "support/seed.h"
#include "unit/database/database_test.h"

namespace larder::ledger {
namespace {

using database::ChangesSince;
using database::Database;
using database::LoggedChange;
using database::must;
using database::Transaction;

class ChangeLogTest : public database::DatabaseTest {
 protected:
  ChangeLogTest() { must(database::migrate(*database_, migrations())); }

  static void log(Database& database, const std::string& id, const std::string& organisation = "o") {
    must(database.write([&](Transaction& transaction) -> larder::Result<> {
      transaction.log({"node", id, organisation});
      return {};
    }));
  }
  void log(const std::string& id, const std::string& organisation = "o") { log(*database_, id, organisation); }

  std::string latest() { return must(database_->read(database::latest_position)); }
  std::optional<ChangesSince> since(const std::string& position, std::size_t limit = 100,
                                    std::optional<std::vector<std::string>> organisations = std::nullopt) {
    return must(database_->read([&](Transaction& transaction) {
      return database::changes_since(transaction, {position, organisations, limit});
    }));
  }
  std::vector<std::string> ids_since(const std::string& position, std::size_t limit = 100,
                                     std::optional<std::vector<std::string>> organisations = std::nullopt) {
    const auto found = since(position, limit, std::move(organisations));
    std::vector<std::string> ids;
    if (!found) return {"unknown"};
    for (const LoggedChange& change : found->changes) ids.push_back(change.id);
    return ids;
  }
  void prune(std::int64_t kept) {
    must(database_->write([&](Transaction& transaction) { return database::prune_changes(transaction, kept); }));
  }
};
LARDER_ON_BOTH(ChangeLogTest);

TEST_P(ChangeLogTest, SaysWhatWasChangedSinceAPositionInItsOrder) {
  EXPECT_EQ(ids_since(latest()), std::vector<std::string>{}) << "of a log that is empty";
  log("before");
  const std::string position = latest();
  for (const char* id : {"b", "a", "it's"}) log(id);

  const auto found = since(position);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->changes, (std::vector<LoggedChange>{{"node", "b", "o"}, {"node", "a", "o"}, {"node", "it's", "o"}}));
  EXPECT_EQ(found->position, latest());
  EXPECT_FALSE(found->more);
  EXPECT_EQ(ids_since(found->position), std::vector<std::string>{});
}

TEST_P(ChangeLogTest, IsReadInPages) {
  log("before");
  std::string position = latest();
  for (const char* id : {"a", "b", "c"}) log(id);
  for (const char* id : {"a", "b", "c"}) {
    const auto page = since(position, 1);
    ASSERT_TRUE(page);
    EXPECT_EQ(page->changes, (std::vector<LoggedChange>{{"node", id, "o"}}));
    EXPECT_EQ(page->more, id != std::string_view("c"));
    position = page->position;
  }
}

TEST_P(ChangeLogTest, WhatIsRolledBackWasNeverThere) {
  log("before");
  const std::string position = latest();
  EXPECT_FALSE(database_->write([](Transaction& transaction) -> larder::Result<> {
    transaction.log({"node", "gone", "o"});
    return fail(Errc::kRefused, "no");
  }));
  log("kept");
  EXPECT_EQ(ids_since(position), std::vector<std::string>{"kept"});
}

TEST_P(ChangeLogTest, OneTransactionSaysOfEachObjectOnce) {
  log("before");
  const std::string position = latest();
  must(database_->write([](Transaction& transaction) -> larder::Result<> {
    for (const char* id : {"a", "b", "a"}) transaction.log({"node", id, "o"});
    return {};
  }));
  EXPECT_EQ(ids_since(position), (std::vector<std::string>{"a", "b"}));
}

TEST_P(ChangeLogTest, IsNarrowedToOrganisations) {
  log("before", "mine");
  const std::string position = latest();
  log("a", "mine");
  log("b", "theirs");
  log("c", "mine");
  log("d", "theirs");
  const std::vector<std::string> mine = {"mine", "another"};
  EXPECT_EQ(ids_since(position, 100, mine), (std::vector<std::string>{"a", "c"}));
  EXPECT_EQ(ids_since(position, 1, mine), std::vector<std::string>{"a"});
  const auto found = since(position, 100, mine);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->position, latest()) << "what others change does not make a position old";
  EXPECT_EQ(ids_since(position, 100, std::vector<std::string>{}), std::vector<std::string>{});
}

TEST_P(ChangeLogTest, WhatIsOlderThanTheLogHasToReadAnew) {
  const std::string empty = latest();
  log("a");
  const std::string old = latest();
  log("b");
  const std::string kept = latest();
  log("c");
  prune(2);
  EXPECT_EQ(ids_since(empty), std::vector<std::string>{"unknown"});
  EXPECT_EQ(ids_since(old), std::vector<std::string>{"unknown"});
  EXPECT_EQ(ids_since(kept), std::vector<std::string>{"c"});
  EXPECT_EQ(ids_since("made up"), std::vector<std::string>{"unknown"});
  EXPECT_EQ(number("SELECT COUNT(*) FROM change"), 2);
}

// Numbers come again then, and mean something else.
TEST_P(ChangeLogTest, WhatWasReadOfADatabaseThatWasRestoredHasToBeReadAnew) {
  log("before");
  const std::string before = latest();
  log("lost");
  const std::string lost = latest();
  write("DELETE FROM change WHERE object_id = 'lost'");
  if (database_->is_postgres()) write("SELECT setval('change_seq', 1)");
  log("another");
  EXPECT_EQ(ids_since(lost), std::vector<std::string>{"unknown"});
  EXPECT_EQ(ids_since(before), std::vector<std::string>{"another"});
}

TEST_P(ChangeLogTest, WakesWhoWaitsForAnObjectForAnOrganisationOrForAll) {
  std::mutex mutex;
  std::vector<std::string> heard;
  const auto subscription = database_->changes().subscribe([&](const database::Change& change) {
    const std::lock_guard lock(mutex);
    heard.push_back(change.kind + " " + change.id);
  });
  log("a", "o");
  const auto all_heard = [&] {
    const std::lock_guard lock(mutex);
    std::ranges::sort(heard);
    return heard == std::vector<std::string>{"change ", "change o", "node a"};
  };
  EXPECT_TRUE(support::eventually(all_heard));
}

// Writers: several programs with several threads each, that change things at the same time, get in each other's way,
// and give up now and then. What is committed is in the table `made` too.
class Writers {
 public:
  static constexpr int kThreads = 3;  // of each program
  static constexpr int kWrites = 60;  // of each thread

  explicit Writers(const std::vector<Database*>& programs) {
    int number = 0;
    for (Database* program : programs) {
      for (int i = 0; i < kThreads; ++i) {
        threads_.emplace_back([this, program, name = number++] {
          std::mt19937 random(support::test_seed() + static_cast<std::uint32_t>(name));
          for (int write = 0; write < kWrites; ++write) run(*program, random, fmt::format("{}-{}", name, write));
          ++ended_;
        });
      }
    }
  }
  ~Writers() {
    for (std::thread& thread : threads_) thread.join();
  }
  bool ended() const { return ended_ == threads_.size(); }

 private:
  static void run(Database& program, std::mt19937& random, const std::string& name) {
    const int count = std::uniform_int_distribution(1, 4)(random);
    const int place = std::uniform_int_distribution(0, 20)(random);
    const bool gives_up = std::uniform_int_distribution(0, 9)(random) == 0;
    const auto work = [&](Transaction& transaction) -> larder::Result<> {
      TRY_VOID(transaction.run("UPDATE counter SET n = n + 1 WHERE id = $1", {place}));
      for (int i = 0; i < count; ++i) {
        const std::string id = fmt::format("{}-{}", name, i);
        TRY_VOID(transaction.run("INSERT INTO made (id) VALUES ($1)", {id}));
        transaction.log({"node", id, fmt::format("o{}", place % 3)});
      }
      if (gives_up) return fail(Errc::kRefused, "no");
      return {};
    };
    // As a client would: what others were faster than is sent again.
    while (true) {
      const auto written = program.write(work);
      if (written || written.error().code != Errc::kUnavailable) break;
    }
  }

  std::atomic<std::size_t> ended_ = 0;
  std::vector<std::thread> threads_;
};

// Follower: reads the log while it is written, as one who resumes at the position they have; and the numbers, as they
// are seen by one look after the other.
class Follower {
 public:
  Follower(Database& database, std::uint32_t seed) : database_(database), random_(seed) {}

  /// What is new, some of it; false: there was nothing.
  bool look() {
    const auto limit = std::uniform_int_distribution<std::size_t>(1, 7)(random_);
    const auto page = must(database_.read([&](Transaction& transaction) {
      return database::changes_since(transaction, {position_, std::nullopt, limit});
    }));
    EXPECT_TRUE(page.has_value()) << "a position that was given is known";
    if (!page) return false;
    for (const LoggedChange& change : page->changes) ids.push_back(change.id);
    position_ = page->position;
    const auto rows = must(database_.read(
        [&](Transaction& transaction) { return transaction.run("SELECT seq FROM change ORDER BY seq"); }));
    ordered &= add_numbers(rows);
    return !page->changes.empty();
  }

  std::vector<std::string> ids;
  bool ordered = true;  // no number came after a greater one was seen

 private:
  /// Whether what was seen is seen again, and what is new is behind it.
  bool add_numbers(const database::Rows& rows) {
    std::vector<std::int64_t> numbers;
    for (const database::Row& row : rows) numbers.push_back(row.number(0));
    const bool extends =
        numbers.size() >= numbers_.size() && std::equal(numbers_.begin(), numbers_.end(), numbers.begin());
    numbers_ = std::move(numbers);
    return extends;
  }

  Database& database_;
  std::mt19937 random_;
  std::string position_ = must(database_.read(database::latest_position));
  std::vector<std::int64_t> numbers_;
};

TEST_P(ChangeLogTest, WhoFollowsWritersThatRunAtOnceSeesEachChangeOnceAndNoneLate) {
  SCOPED_TRACE(support::seed_trace());
  write("CREATE TABLE made (id TEXT PRIMARY KEY)");
  write("CREATE TABLE counter (id BIGINT PRIMARY KEY, n BIGINT NOT NULL)");
  for (int i = 0; i <= 20; ++i) write("INSERT INTO counter VALUES ($1, 0)", {i});
  log("first");
  const auto other = open();

  Follower one(*database_, support::test_seed());
  Follower another(*other, support::test_seed() + 1);
  {
    const Writers writers({database_.get(), other.get()});
    const auto follow = [&](Follower& follower) {
      bool last = false;  // one look more after the last writer has ended
      while (follower.look() || !last) last = writers.ended();
    };
    std::thread thread([&] { follow(another); });
    follow(one);
    thread.join();
  }

  std::vector<std::string> logged;
  for (const database::Row& row : read("SELECT object_id FROM change WHERE object_id <> 'first' ORDER BY seq")) {
    logged.push_back(row.text(0));
  }
  std::vector<std::string> made;
  for (const database::Row& row : read("SELECT id FROM made")) made.push_back(row.text(0));
  EXPECT_GT(made.size(), 100U);
  for (const Follower& follower : {std::cref(one), std::cref(another)}) {
    EXPECT_EQ(follower.ids, logged);
    EXPECT_TRUE(follower.ordered) << "a number came after a greater one was seen";
  }
  EXPECT_EQ(std::set(logged.begin(), logged.end()), std::set(made.begin(), made.end()));
  EXPECT_EQ(logged.size(), made.size());
  if (!database_->is_postgres()) {
    EXPECT_EQ(number("SELECT MAX(seq) - MIN(seq) + 1 - COUNT(*) FROM change"), 0) << "no gaps";
  }
}

}  // namespace
}  // namespace larder::ledger
