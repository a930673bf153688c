#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>

#include "database_test.h"
#include "support/eventually.h"

namespace larder::database {
namespace {

// Heard: what a listener was told.
class Heard {
 public:
  ChangeFeed::Listener listener() {
    return [this](const Change& change) {
      const std::lock_guard lock(mutex_);
      all_.push_back(change.kind + " " + change.id);
    };
  }
  std::vector<std::string> all() const {
    const std::lock_guard lock(mutex_);
    return all_;
  }
  bool has(std::string_view change) const { return std::ranges::count(all(), change) != 0; }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> all_;
};

class ChangeFeedTest : public DatabaseTest {
 protected:
  static Result<> announce(Transaction& transaction, const char* id) {
    transaction.announce({"node", id});
    return {};
  }
};
LARDER_ON_BOTH(ChangeFeedTest);

TEST_P(ChangeFeedTest, ListenersHearWhatWasCommittedInItsOrder) {
  Heard heard;
  const auto subscription = database_->changes().subscribe(heard.listener());
  for (const char* id : {"one", "two with a blank", "three"}) {
    must(database_->write([&](Transaction& t) { return announce(t, id); }));
  }
  EXPECT_TRUE(support::eventually([&] { return heard.all().size() == 3; }));
  EXPECT_EQ(heard.all(), (std::vector<std::string>{"node one", "node two with a blank", "node three"}));
}

TEST_P(ChangeFeedTest, WhatIsRolledBackIsNotAnnounced) {
  Heard heard;
  const auto subscription = database_->changes().subscribe(heard.listener());
  EXPECT_FALSE(database_->write([](Transaction& t) -> Result<> {
    TRY_VOID(announce(t, "gone"));
    return fail(Errc::kRefused, "no");
  }));
  EXPECT_FALSE(database_->write([](Transaction& t) -> Result<> {
    TRY_VOID(announce(t, "gone"));
    TRY_VOID(t.run("SELECT nothing"));
    return {};
  }));
  must(database_->write([](Transaction& t) { return announce(t, "kept"); }));

  EXPECT_TRUE(support::eventually([&] { return heard.has("node kept"); }));
  EXPECT_EQ(heard.all().size(), 1U);
}

TEST_P(ChangeFeedTest, AnnouncesAfterTheCommit) {
  write("CREATE TABLE word (id BIGINT)");
  std::atomic<std::int64_t> seen = -1;
  const auto subscription =
      database_->changes().subscribe([&](const Change&) { seen = number("SELECT COUNT(*) FROM word"); });
  must(database_->write([](Transaction& t) -> Result<> {
    TRY_VOID(announce(t, "x"));
    TRY_VOID(t.run("INSERT INTO word VALUES (1)"));
    return {};
  }));
  EXPECT_TRUE(support::eventually([&] { return seen != -1; }));
  EXPECT_EQ(seen, 1);
}

TEST_P(ChangeFeedTest, AListenerWhoseSubscriptionHasEndedHearsNothing) {
  Heard ended;
  Heard heard;
  auto first = database_->changes().subscribe(ended.listener());
  const auto second = database_->changes().subscribe(heard.listener());
  first.reset();
  must(database_->write([](Transaction& t) { return announce(t, "x"); }));
  EXPECT_TRUE(support::eventually([&] { return heard.has("node x"); }));
  EXPECT_TRUE(ended.all().empty());
}

TEST_P(ChangeFeedTest, AListenerMayEndItsOwnSubscription) {
  std::atomic<int> calls = 0;
  ChangeFeed::Subscription own;
  own = database_->changes().subscribe([&](const Change&) {
    ++calls;
    own.reset();
  });
  Heard heard;
  const auto other = database_->changes().subscribe(heard.listener());
  for (const char* id : {"x", "y"}) must(database_->write([&](Transaction& t) { return announce(t, id); }));
  EXPECT_TRUE(support::eventually([&] { return heard.has("node y"); }));
  EXPECT_EQ(calls, 1);
}

TEST_P(ChangeFeedTest, ASubscriptionMayOutliveTheDatabase) {
  auto other = open();
  const auto subscription = other->changes().subscribe([](const Change&) {});
  other.reset();
}

// An SQLite database announces within its program.
class SharedChangeFeedTest : public ChangeFeedTest {};
INSTANTIATE_TEST_SUITE_P(On, SharedChangeFeedTest, testing::Values(Kind::kPostgres), kind_name);

TEST_P(SharedChangeFeedTest, OtherProgramsHearIt) {
  const auto other = open();
  Heard heard;
  const auto subscription = other->changes().subscribe(heard.listener());
  must(database_->write([](Transaction& t) { return announce(t, "x"); }));
  EXPECT_TRUE(support::eventually([&] { return heard.has("node x"); }));
}

TEST_P(ChangeFeedTest, VeryManyChangesAreEverything) {
  Heard heard;
  const auto subscription = database_->changes().subscribe(heard.listener());
  must(database_->write([](Transaction& t) -> Result<> {
    for (int i = 0; i <= 10'000; ++i) t.announce({"node", std::to_string(i)});
    return {};
  }));
  EXPECT_TRUE(support::eventually([&] { return heard.has("* *"); }));
  EXPECT_EQ(heard.all().size(), 1U);
}

}  // namespace
}  // namespace larder::database
