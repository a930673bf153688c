#include "core/log_limiter.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace larder {
namespace {

using std::chrono::seconds;

class LogLimiterTest : public testing::Test {
 protected:
  /// How many of `lines` lines of `event` are written now.
  int written(std::string_view event, int lines) {
    int count = 0;
    for (int i = 0; i < lines; ++i) count += limiter_.admits(Level::kWarning, event, now_) ? 1 : 0;
    return count;
  }
  /// "event count" for each.
  std::string told() {
    std::string all;
    for (const auto& one : limiter_.take_over(now_)) all += fmt::format("{} {}\n", one.event, one.count);
    return all;
  }

  LogLimiter limiter_;
  SteadyTime now_ = SteadyTime() + std::chrono::hours(1);
};

TEST_F(LogLimiterTest, TakesTheFirstLinesOfEachEvent) {
  EXPECT_EQ(written("a", 25), 10);
  EXPECT_EQ(written("b", 3), 3);
  now_ += seconds(59);
  EXPECT_EQ(told(), "");
  EXPECT_EQ(written("a", 5), 0);
  EXPECT_EQ(written("b", 8), 7);
}

TEST_F(LogLimiterTest, TellsOnceWhatWasLeftOutAndBeginsAnew) {
  written("a", 25);
  written("b", 3);
  now_ += seconds(60);
  EXPECT_EQ(told(), "a 15\n");
  EXPECT_EQ(told(), "");
  EXPECT_EQ(written("a", 25), 10);
  now_ += seconds(60);
  EXPECT_EQ(told(), "a 15\n");
}

TEST_F(LogLimiterTest, TheLevelOfWhatWasLeftOutIsKept) {
  for (int i = 0; i < 12; ++i) limiter_.admits(Level::kError, "a", now_);
  const auto all = limiter_.take_over(SteadyTime::max());
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].level, Level::kError);
}

TEST_F(LogLimiterTest, ManyEventsShareWhatIsLeft) {
  for (int i = 0; i < 200; ++i) written(fmt::format("event {}", i), 1);
  EXPECT_EQ(written("one more", 5), 0);
  EXPECT_EQ(written("event 0", 5), 5) << "it is known";
  now_ += seconds(60);
  EXPECT_EQ(told(), fmt::format("other events {}\n", 200 - 64 - 10 + 5));
  EXPECT_EQ(written("one more", 5), 5);
}

}  // namespace
}  // namespace larder
