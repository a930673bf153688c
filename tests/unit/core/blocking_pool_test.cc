#include "core/blocking_pool.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <latch>
#include <memory>

namespace larder {
namespace {

TEST(BlockingPool, HasNoThreadBeforeItsFirstJobAndNeverMoreThanItMay) {
  constexpr std::size_t kThreads = 3;
  constexpr std::size_t kJobs = 8;
  BlockingPool pool("test", kThreads, kJobs);
  EXPECT_EQ(pool.threads(), 0U);
  std::latch begun(kThreads);
  std::latch go(1);
  std::atomic<std::size_t> entered{0};
  std::latch done(kJobs);
  for (std::size_t i = 0; i < kJobs; ++i) {
    EXPECT_TRUE(pool.try_post([&] {
      if (++entered <= kThreads) begun.count_down();
      go.wait();
      done.count_down();
    }));
    EXPECT_EQ(pool.threads(), std::min(i + 1, kThreads)) << "one for each job as long as nobody is idle";
  }
  begun.wait();  // each of them runs beside the others
  EXPECT_EQ(pool.queued(), kJobs - kThreads);
  go.count_down();
  done.wait();
  EXPECT_EQ(pool.threads(), kThreads);
}

TEST(BlockingPool, WithoutThreadsItRunsItsJobsWhenItIsTold) {
  BlockingPool pool("test", 0, 1);
  bool ran = false;
  EXPECT_TRUE(pool.try_post([&] { ran = true; }));
  EXPECT_FALSE(pool.try_post([] {})) << "the queue is full";
  EXPECT_TRUE(pool.run_next());
  EXPECT_TRUE(ran);
  EXPECT_EQ(pool.threads(), 0U);
  EXPECT_FALSE(pool.run_next());
}

TEST(BlockingPool, WhatHasNotStartedIsDroppedAtTheEnd) {
  BlockingPool pool("test", 1, 4);
  std::latch begun(1);
  std::latch go(1);
  std::atomic<int> ran{0};
  pool.try_post([&] {
    begun.count_down();
    go.wait();
    ++ran;
  });
  begun.wait();
  const auto held = std::make_shared<int>(0);
  pool.try_post([held, &ran] { ++ran; });
  EXPECT_EQ(held.use_count(), 2);
  go.count_down();
  pool.stop();
  EXPECT_EQ(held.use_count(), 1);
  EXPECT_LE(ran, 2);
  EXPECT_FALSE(pool.try_post([] {}));
}

}  // namespace
}  // namespace larder
