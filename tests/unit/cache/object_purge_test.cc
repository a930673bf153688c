// What a purge makes of an object in memory.
#include <gtest/gtest.h>

#include "cache_test.h"

namespace larder::cache {
namespace {

class ObjectPurge : public CacheTest {
 protected:
  std::shared_ptr<Object> made(std::uint64_t made_after, std::uint64_t confirmed_after) {
    ObjectInfo info = info_of(10);
    info.born = info.checked = clock.wall();
    info.fresh_until = clock.wall() + std::chrono::hours(1);
    info.made_after = made_after;
    info.confirmed_after = confirmed_after;
    return std::make_shared<Object>(std::move(info), clock.moment());
  }
  void confirm(Object& object, std::uint64_t after) {
    ObjectInfo info = object.info(clock.moment());
    info.fresh_until = clock.wall() + std::chrono::hours(1);
    info.confirmed_after = after;
    object.validated(info, clock.moment());
  }
};

TEST_F(ObjectPurge, ItIsFreshAgainOnceItIsConfirmedAfterASoftOne) {
  const auto object = made(0, 3);
  object->heed({.soft = 3}, 4);
  EXPECT_TRUE(object->fresh(clock.now())) << "it was asked for after that";
  object->heed({.soft = 5}, 6);
  EXPECT_FALSE(object->fresh(clock.now()));
  EXPECT_TRUE(object->outdated());
  EXPECT_FALSE(object->purged());
  confirm(*object, 4);
  EXPECT_FALSE(object->fresh(clock.now())) << "the origin was asked before the purge";
  confirm(*object, 6);
  EXPECT_TRUE(object->fresh(clock.now()));
  EXPECT_EQ(object->info(clock.moment()).confirmed_after, 6u);
  confirm(*object, 4);
  EXPECT_TRUE(object->fresh(clock.now())) << "an answer that comes late takes nothing back";
}

TEST_F(ObjectPurge, NothingMakesItFreshAgainAfterAHardOne) {
  const auto object = made(4, 7);
  object->heed({.hard = 4}, 7);
  EXPECT_TRUE(object->fresh(clock.now())) << "it was made after that";
  object->heed({.hard = 8}, 8);
  EXPECT_TRUE(object->purged());
  confirm(*object, 9);
  object->heed({.soft = 10}, 10);
  object->lend(clock.now(), std::chrono::minutes(1));
  object->lend_to(1, clock.now(), std::chrono::minutes(1));
  EXPECT_TRUE(object->purged());
  EXPECT_FALSE(object->usable_for(1, clock.now()));
}

// It was confirmed after the purge, and its bytes are from before.
TEST_F(ObjectPurge, AHardOneCountsFromWhenItsBytesWereAskedFor) {
  const auto object = made(4, 9);
  object->heed({.hard = 8}, 9);
  EXPECT_TRUE(object->purged());
}

TEST_F(ObjectPurge, WhatWasLentIsNotLentOnAfterIt) {
  const auto object = made(0, 0);
  object->lend(clock.now(), std::chrono::minutes(1));
  object->lend_to(1, clock.now(), std::chrono::minutes(1));
  object->heed({}, 4);
  object->heed({.soft = 5}, 5);
  EXPECT_FALSE(object->usable_for(1, clock.now()));
  object->lend_to(1, clock.now(), std::chrono::minutes(1));
  object->heed({}, 6);
  EXPECT_TRUE(object->usable_for(1, clock.now())) << "others are purged";
  EXPECT_FALSE(object->usable_for(2, clock.now()));
}

TEST_F(ObjectPurge, ItIsDescribedAnewOnceItIsConfirmed) {
  const auto object = made(0, 0);
  EXPECT_TRUE(object->due_for_description(clock.now()));
  EXPECT_FALSE(object->due_for_description(clock.now()));
  object->heed({.soft = 5}, 5);
  confirm(*object, 5);
  EXPECT_TRUE(object->due_for_description(clock.now()));
}

TEST_F(ObjectPurge, ItsIdIsAnotherAfterEachHardOne) {
  const origin::UrlKey url{{1, 2}};
  const auto without = origin::object_id(url, "\"v1\"", "", 10);
  EXPECT_EQ(origin::object_id(url, "\"v1\"", "", 10, 0), without);
  EXPECT_NE(origin::object_id(url, "\"v1\"", "", 10, 5), without);
  EXPECT_NE(origin::object_id(url, "\"v1\"", "", 10, 6), origin::object_id(url, "\"v1\"", "", 10, 5));
}

TEST_F(ObjectPurge, NumbersGrowWhateverTheClockSays) {
  const WallTime now = std::chrono::system_clock::from_time_t(1'764'225'600);
  EXPECT_EQ(next_number(0, now), 1'764'225'600'000u);
  EXPECT_EQ(next_number(1'764'225'600'000u, now), 1'764'225'600'001u);
  EXPECT_EQ(next_number(1'900'000'000'000u, now), 1'900'000'000'001u);
  EXPECT_EQ(next_number(0, WallTime{} - std::chrono::hours(5)), 1u);
}

}  // namespace
}  // namespace larder::cache
