#include "identity/asked_once.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <vector>

#include "support/eventually.h"
#include "support/manual_clock.h"

namespace larder::identity {
namespace {

using ledger::ProblemKind;
using ledger::refuse;
using ledger::Result;

constexpr auto kAge = std::chrono::minutes(1);

class AskedOnceTest : public ::testing::Test {
 protected:
  AskedOnceTest() = default;

  /// What four callers get, all of whom come while the first one asks, and how often was asked.
  std::vector<Result<int>> get_together(const Result<int>& answer) {
    std::promise<void> asked;
    std::promise<void> release;
    auto released = release.get_future();
    std::vector<std::future<Result<int>>> callers;
    callers.push_back(std::async(std::launch::async, [&] {
      return once.get(kAge, [&] {
        ++times;
        asked.set_value();
        released.wait();
        return answer;
      });
    }));
    asked.get_future().wait();
    for (int i = 0; i < 3; ++i) {
      callers.push_back(std::async(std::launch::async, [&] {
        return once.get(kAge, [&] {
          ++times;
          return answer;
        });
      }));
    }
    EXPECT_TRUE(support::eventually([&] { return once.waiting() == 3; }));
    release.set_value();
    std::vector<Result<int>> all;
    for (auto& caller : callers) all.push_back(caller.get());
    return all;
  }

  support::ManualClock clock;
  AskedOnce<int> once{clock};
  std::atomic<int> times = 0;
};

TEST_F(AskedOnceTest, WhoComesWhileItIsAskedForGetsTheSameAnswer) {
  for (const auto& got : get_together(7)) EXPECT_EQ(got.value(), 7);
  EXPECT_EQ(times, 1);
}

TEST_F(AskedOnceTest, AServerThatIsOutIsNotAskedByOneAfterAnother) {
  for (const auto& got : get_together(refuse(ProblemKind::kUnavailable, "out"))) EXPECT_FALSE(got.has_value());
  EXPECT_EQ(times, 1);
}

TEST_F(AskedOnceTest, AnAnswerIsKeptUntilItIsTooOldForWhoeverAsks) {
  EXPECT_EQ(once.get(kAge, [] { return Result<int>(1); }).value(), 1);
  clock.advance(kAge - std::chrono::seconds(1));
  EXPECT_EQ(once.get(kAge, [] { return Result<int>(2); }).value(), 1);
  EXPECT_EQ(once.get(std::chrono::seconds(1), [] { return Result<int>(3); }).value(), 3);
}

TEST_F(AskedOnceTest, AnErrorIsNotKept) {
  const auto failing = [] { return Result<int>(refuse(ProblemKind::kUnavailable, "out")); };
  EXPECT_FALSE(once.get(kAge, failing).has_value());
  EXPECT_EQ(once.get(kAge, [] { return Result<int>(1); }).value(), 1);
  clock.advance(kAge);
  EXPECT_FALSE(once.get(kAge, failing).has_value());
  EXPECT_EQ(once.get(2 * kAge, [] { return Result<int>(2); }).value(), 1) << "what was known is still known";
}

}  // namespace
}  // namespace larder::identity
