#include "net/wakeup.h"

#include <thread>

#include "net/loop.h"
#include "support/task_fixture.h"

namespace larder::net {
namespace {

class WakeupTest : public support::TaskFixture {
 protected:
  std::shared_ptr<Wakeup> wakeup_ = Wakeup::make(executor());
};

TEST_F(WakeupTest, ANotifyBetweenArmAndWaitCounts) {
  wakeup_->arm();
  wakeup_->notify();
  EXPECT_TRUE(run(wakeup_->wait(SteadyTime::max())));
}

TEST_F(WakeupTest, ANotifyFromAnotherThreadEndsTheWait) {
  wakeup_->arm();
  std::jthread other([wakeup = wakeup_] { wakeup->notify(); });
  EXPECT_TRUE(run(wakeup_->wait(SteadyTime::max())));
}

TEST_F(WakeupTest, WithoutANotifyTheDeadlineEndsTheWait) {
  wakeup_->arm();
  EXPECT_FALSE(run(wakeup_->wait(std::chrono::steady_clock::now())));
  EXPECT_FALSE(run(wakeup_->wait(std::chrono::steady_clock::now() + std::chrono::milliseconds(2))));
}

TEST_F(WakeupTest, ANotifyOfAnEarlierRoundDoesNotCount) {
  wakeup_->arm();
  wakeup_->notify();  // its callback still waits in the loop
  wakeup_->arm();
  EXPECT_FALSE(run(wakeup_->wait(std::chrono::steady_clock::now() + std::chrono::milliseconds(2))));
}

TEST_F(WakeupTest, MayDieOnAnotherThread) {
  wakeup_->arm();
  std::thread other([wakeup = std::move(wakeup_)]() mutable {
    wakeup->notify();
    wakeup.reset();
  });
  other.join();
}

TEST_F(WakeupTest, NoNotifyIsLostInManyRounds) {
  constexpr int kRounds = 2000;
  std::atomic<int> produced = 0;
  std::atomic<int> consumed = 0;
  std::jthread producer([&, wakeup = wakeup_] {
    for (int i = 1; i <= kRounds; ++i) {
      produced = i;
      wakeup->notify();
      while (consumed < i) std::this_thread::yield();
    }
  });
  run([](Wakeup& wakeup, std::atomic<int>& made, std::atomic<int>& used) -> Task<void> {
    while (used < kRounds) {
      wakeup.arm();
      if (made == used) co_await wakeup.wait(SteadyTime::max());
      used = made.load();
    }
  }(*wakeup_, produced, consumed));
  EXPECT_EQ(consumed, kRounds);
}

TEST(Loop, RunsWhatIsPostedOnItsThread) {
  Loop loop("test-loop");
  loop.start();
  std::atomic<bool> there = false;
  loop.post([&] {
    there = loop.is_this_thread();
    there.notify_one();
  });
  there.wait(false);
  EXPECT_FALSE(loop.is_this_thread());
  loop.stop();
}

}  // namespace
}  // namespace larder::net
