#include "api/slow_lane.h"

#include <gtest/gtest.h>

#include <atomic>
#include <deque>
#include <future>
#include <string>
#include <vector>

#include "support/task_fixture.h"

namespace larder::api {
namespace {

SlowLane::Options one_thread() {
  return {.name = "slow",
          .threads = 1,
          .queue = 6,
          .of_network = 3,
          .of_site = 5,
          .patience = support::kPatience,
          .refusal = "too many"};
}

class SlowLaneTest : public support::TaskFixture {
 public:
  ~SlowLaneTest() override {
    open();
    run_until([this] { return tasks_.running() == 0; });
  }

 protected:
  /// The lane's thread is busy from here on, until open().
  void occupy() {
    do {
      ask("192.0.2.200", "first");
      run_until([this] { return begun_ == 1 || asked_.back().ended; });
    } while (begun_ == 0);  // with little patience, it may leave before it is begun
  }

  /// A request from `address`, which notes its name when it is answered.
  void ask(const std::string& address, const std::string& name) {
    Asked& asked = asked_.emplace_back(Asked{.name = name});
    tasks_.spawn(follow(*net::parse_address(address), asked));
  }

  void open() {
    if (!opened_.exchange(true)) gate_.set_value();
  }

  /// The names of those that were answered, in the order in which they were.
  std::string answered() {
    open();
    run_until([this] { return tasks_.running() == 0; });
    return order_;
  }

  std::string turned_away() const {
    std::string names;
    for (const Asked& asked : asked_) {
      if (asked.ended && !asked.answered) names += asked.name + " ";
    }
    return names;
  }

  void use(const SlowLane::Options& options) { lane_.emplace(options); }
  SlowLane& lane() { return *lane_; }

 private:
  struct Asked {
    std::string name;
    bool ended = false;
    bool answered = false;
  };

  Task<void> follow(net::IpAddress client, Asked& asked) {
    const std::function<Response()> job = [this, &asked] {
      ++begun_;
      asio::post(context_, [] {});  // wakes run_until()
      opening_.wait();
      order_ += asked.name + " ";  // by the lane's one thread
      return Response();
    };
    const auto response = co_await lane_->run(executor(), client, job);
    asked.ended = true;
    asked.answered = response.has_value();
  }

  std::promise<void> gate_;
  std::shared_future<void> opening_ = gate_.get_future().share();
  std::atomic<bool> opened_ = false;
  std::atomic<int> begun_ = 0;
  std::string order_;
  std::deque<Asked> asked_;
  std::optional<SlowLane> lane_{one_thread()};
};

TEST_F(SlowLaneTest, NetworksTakeTurns) {
  occupy();
  for (const char* name : {"a1", "a2", "a3"}) ask("192.0.2.1", name);
  ask("192.0.2.2", "b1");
  ask("192.0.2.3", "c1");
  run_until([this] { return lane().queued() == 5; });
  EXPECT_EQ(answered(), "first a1 b1 c1 a2 a3 ");
  EXPECT_EQ(turned_away(), "");
}

TEST_F(SlowLaneTest, ANetworkHasItsShareOfTheQueueAndLeavesRoomForOthers) {
  occupy();
  for (const char* name : {"a1", "a2", "a3", "a4", "a5"}) ask("2001:db8:1:1::1", name);
  ask("2001:db8:2:2::1", "b1");
  run_until([this] { return lane().queued() == 4; });
  EXPECT_EQ(turned_away(), "a4 a5 ");
  EXPECT_EQ(answered(), "first a1 b1 a2 a3 ");
}

TEST_F(SlowLaneTest, NetworksOfOneSiteHaveAShareTogether) {
  occupy();
  for (int i = 1; i <= 6; ++i) ask(fmt::format("2001:db8:1:{}::1", i), fmt::format("a{}", i));
  ask("2001:db8:2::1", "b");
  run_until([this] { return lane().queued() == 6; });
  EXPECT_EQ(turned_away(), "a6 ");
  EXPECT_EQ(answered(), "first a1 b a2 a3 a4 a5 ");
}

TEST_F(SlowLaneTest, AFullQueueTurnsEverybodyElseAway) {
  occupy();
  for (int i = 1; i <= 7; ++i) ask(fmt::format("192.0.2.{}", i), fmt::format("a{}", i));
  run_until([this] { return turned_away() == "a7 "; });
  EXPECT_EQ(lane().queued(), 6U);
}

TEST_F(SlowLaneTest, AFullQueueMakesRoomForWhoHasNothingInIt) {
  occupy();
  for (const char* name : {"a1", "a2", "a3"}) ask("192.0.2.1", name);
  for (const char* name : {"b1", "b2", "b3"}) ask("192.0.2.2", name);
  run_until([this] { return lane().queued() == 6; });
  ask("192.0.2.3", "c");
  run_until([this] { return turned_away() == "a3 "; });
  EXPECT_EQ(answered(), "first a1 b1 c a2 b2 b3 ");
}

TEST_F(SlowLaneTest, WhoHasWaitedForTooLongIsTurnedAwayAndWhatRunsIsWaitedFor) {
  SlowLane::Options impatient = one_thread();
  impatient.patience = std::chrono::milliseconds(1);
  use(impatient);
  occupy();
  ask("192.0.2.1", "late");  // its time ends after that of the one that runs
  run_until([this] { return turned_away().ends_with("late "); });
  EXPECT_EQ(lane().queued(), 0U);
  EXPECT_EQ(answered(), "first ");
}

TEST_F(SlowLaneTest, WhenItIsClosedNobodyWaitsAnyMore) {
  occupy();
  ask("192.0.2.1", "a");
  run_until([this] { return lane().queued() == 1; });
  lane().close();
  ask("192.0.2.2", "b");
  run_until([this] { return turned_away() == "a b "; });
  EXPECT_EQ(answered(), "first ");
}

}  // namespace
}  // namespace larder::api
