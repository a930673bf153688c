#include "net/blocking.h"

#include <latch>
#include <thread>

#include "support/task_fixture.h"

namespace larder::net {
namespace {

class RunBlockingTest : public support::TaskFixture {};

TEST_F(RunBlockingTest, GivesTheResultOfTheJob) {
  BlockingPool pool("test", 1, 4);
  const auto here = std::this_thread::get_id();
  const auto result =
      run(run_blocking(pool, executor(), [&] { return Result<bool>(std::this_thread::get_id() != here); }));
  EXPECT_TRUE(result.value());
}

TEST_F(RunBlockingTest, GivesTheErrorOfTheJob) {
  BlockingPool pool("test", 1, 4);
  const auto result = run(run_blocking(pool, executor(), []() -> Result<> { return fail(Errc::kNotFound, "no"); }));
  EXPECT_EQ(result.error().code, Errc::kNotFound);
}

TEST_F(RunBlockingTest, AFullPoolIsUnavailable) {
  BlockingPool pool("test", 1, 0);
  const auto result = run(run_blocking(pool, executor(), [] { return Result<int>(1); }));
  EXPECT_EQ(result.error().code, Errc::kUnavailable);
}

TEST_F(RunBlockingTest, AJobThatThePoolDropsIsCancelled) {
  BlockingPool pool("test", 1, 4);
  std::latch started(1);
  std::latch release(1);
  pool.try_post([&] {
    started.count_down();
    release.wait();
  });
  started.wait();
  std::optional<Result<int>> result;
  asio::co_spawn(context_, run_blocking(pool, executor(), [] { return Result<int>(1); }),
                 [&](std::exception_ptr, Result<int> value) { result = std::move(value); });
  context_.poll();
  std::jthread stopper([&] { pool.stop(); });
  run_until([&] { return result.has_value(); });
  EXPECT_EQ(result->error().code, Errc::kCancelled);
  release.count_down();
}

}  // namespace
}  // namespace larder::net
