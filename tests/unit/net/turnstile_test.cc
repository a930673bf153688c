#include "net/turnstile.h"

#include <vector>

#include "support/task_fixture.h"

namespace larder::net {
namespace {

class TurnstileTest : public support::TaskFixture {
 protected:
  Task<void> go_through(Turnstile& turnstile, int number) {
    const bool entered = co_await turnstile.enter(SteadyTime::max());
    if (entered) order_.push_back(number);
  }
  std::vector<int> order_;
};

TEST_F(TurnstileTest, LetsThroughInOrderAsPlacesBecomeFree) {
  Turnstile turnstile(executor(), 2);
  for (const int number : {1, 2, 3, 4}) tasks_.spawn(go_through(turnstile, number));
  run_until([&] { return turnstile.waiting() == 2; });
  EXPECT_EQ(order_, (std::vector{1, 2}));
  turnstile.leave();
  run_until([&] { return order_.size() == 3; });
  EXPECT_EQ(order_, (std::vector{1, 2, 3}));
  turnstile.leave();
  run_until([&] { return tasks_.running() == 0; });
  EXPECT_EQ(order_, (std::vector{1, 2, 3, 4}));
}

TEST_F(TurnstileTest, WhoeverGivesUpTakesNoPlace) {
  Turnstile turnstile(executor(), 1);
  EXPECT_TRUE(run(turnstile.enter(SteadyTime::max())));
  EXPECT_FALSE(run(turnstile.enter(std::chrono::steady_clock::now())));
  EXPECT_EQ(turnstile.waiting(), 0U);
  turnstile.leave();
  EXPECT_TRUE(run(turnstile.enter(SteadyTime::max())));
}

}  // namespace
}  // namespace larder::net
