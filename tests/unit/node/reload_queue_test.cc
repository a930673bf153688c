#include "node/reload_queue.h"

#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "support/eventually.h"

namespace larder::node {
namespace {

constexpr auto kLong = std::chrono::minutes(10);
constexpr WallTime kAnyTime{};

using Outcome = ReloadQueue::Outcome;

TEST(ReloadQueue, WhoAsksIsToldWhatCameOfTheReloadAfterIt) {
  std::promise<void> called;
  ReloadQueue queue([&] { called.set_value(); });
  auto answer = std::async(std::launch::async, [&] { return queue.ask(kLong); });
  called.get_future().wait();
  queue.run([] { return Outcome{"line 3", "no key"}; }, kAnyTime);
  const auto told = answer.get();
  ASSERT_TRUE(told);
  EXPECT_EQ(told->problem, "line 3");
  EXPECT_EQ(told->certificate_problem, "no key");
  EXPECT_EQ(queue.last()->outcome.problem, "line 3");
}

TEST(ReloadQueue, AReloadThatHadBegunBeforeIsNoAnswer) {
  ReloadQueue queue([] {});
  std::future<Result<Outcome>> answer;
  std::promise<void> asked;
  // Whoever asks while a reload runs may have changed the file after it was read.
  const auto first = [&] {
    answer = std::async(std::launch::async, [&] {
      asked.set_value();
      return queue.ask(kLong);
    });
    asked.get_future().wait();
    return Outcome{"the file as it was", ""};
  };
  queue.run(first, kAnyTime);
  // A reload before the question is no answer to it; the one that the signal behind it brings is.
  const auto is_told = [&] {
    queue.run([] { return Outcome(); }, kAnyTime);
    return answer.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
  };
  ASSERT_TRUE(support::eventually(is_told));
  EXPECT_EQ(answer.get()->problem, "");
  EXPECT_EQ(queue.last()->outcome.problem, "");
}

TEST(ReloadQueue, ClosingAnswersWhoWaitsAndWhoComesLater) {
  std::promise<void> called;
  ReloadQueue queue([&] { called.set_value(); });
  auto answer = std::async(std::launch::async, [&] { return queue.ask(kLong); });
  called.get_future().wait();
  queue.close();
  EXPECT_EQ(answer.get().error().code, Errc::kCancelled);
  EXPECT_EQ(queue.ask(kLong).error().code, Errc::kCancelled);
}

TEST(ReloadQueue, WaitsNoLongerThanItMay) {
  ReloadQueue queue([] {});
  EXPECT_EQ(queue.ask(std::chrono::milliseconds(1)).error().code, Errc::kTimeout);
}

}  // namespace
}  // namespace larder::node
