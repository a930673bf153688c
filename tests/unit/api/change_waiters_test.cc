#include "api/change_waiters.h"

#include <optional>
#include <string>

#include "fake_feed.h"
#include "support/task_fixture.h"

namespace larder::api {
namespace {

class ChangeWaitersTest : public support::TaskFixture {
 protected:
  static SteadyTime soon() { return std::chrono::steady_clock::now() + std::chrono::milliseconds(20); }
  static SteadyTime late() { return std::chrono::steady_clock::now() + std::chrono::minutes(5); }

  /// Begins to wait; answer() has what came of it.
  void begin(const std::string& id, ChangeWaiters::Mark mark) {
    tasks_.spawn(wait(id, mark));
    run_until([&] { return waiters_.waiting() == 1 || answer_; });
  }
  Task<void> wait(std::string id, ChangeWaiters::Mark mark) {
    answer_ = co_await waiters_.wait("node", id, mark, late(), executor());
  }
  bool answer() {
    run_until([&] { return tasks_.running() == 0; });
    return *answer_;
  }

  FakeFeed feed_;
  ChangeWaiters waiters_{feed_};
  std::optional<bool> answer_;
};

TEST_F(ChangeWaitersTest, AChangeOfWhatIsWaitedForEndsTheWait) {
  begin("a", waiters_.mark());
  feed_.announce({"node", "b"});
  feed_.announce({"user", "a"});
  context_.restart();
  context_.poll();
  EXPECT_FALSE(answer_);
  feed_.announce({"node", "a"});
  EXPECT_TRUE(answer());
  EXPECT_EQ(waiters_.waiting(), 0u);
}

TEST_F(ChangeWaitersTest, AChangeBetweenTheMarkAndTheWaitCounts) {
  const auto mark = waiters_.mark();
  feed_.announce({"node", "a"});
  begin("a", mark);
  EXPECT_TRUE(answer());
}

TEST_F(ChangeWaitersTest, AChangeBeforeTheMarkDoesNot) {
  feed_.announce({"node", "a"});
  EXPECT_FALSE(run(waiters_.wait("node", "a", waiters_.mark(), soon(), executor())));
}

TEST_F(ChangeWaitersTest, AnythingMayHaveChangedEndsEveryWait) {
  const auto mark = waiters_.mark();
  begin("a", mark);
  feed_.announce(database::Change::everything());
  EXPECT_TRUE(answer());
  EXPECT_TRUE(run(waiters_.wait("node", "b", mark, soon(), executor())));
}

TEST_F(ChangeWaitersTest, WhatIsForgottenMayHaveBeenAChange) {
  const auto mark = waiters_.mark();
  for (std::size_t i = 0; i < ChangeWaiters::kRemembered; ++i) feed_.announce({"node", "other"});
  EXPECT_FALSE(run(waiters_.wait("node", "a", mark, soon(), executor())));
  feed_.announce({"node", "other"});
  EXPECT_TRUE(run(waiters_.wait("node", "a", mark, soon(), executor())));
}

TEST_F(ChangeWaitersTest, AStopEndsWaitsWithoutAChange) {
  begin("a", waiters_.mark());
  waiters_.stop();
  EXPECT_FALSE(answer());
  EXPECT_FALSE(run(waiters_.wait("node", "a", waiters_.mark(), late(), executor())));
}

TEST_F(ChangeWaitersTest, ChangesAreCountedByKind) {
  feed_.announce({"node", "a"});
  feed_.announce({"node", "b"});
  feed_.announce(database::Change::everything());
  const std::map<std::string, std::uint64_t> expected = {{"*", 1}, {"node", 2}};
  EXPECT_EQ(waiters_.seen(), expected);
}

}  // namespace
}  // namespace larder::api
