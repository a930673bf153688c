#include "net/dial_schedule.h"

#include <gtest/gtest.h>

namespace larder::net {
namespace {

using std::chrono::milliseconds;

constexpr SteadyTime at(int ms) { return SteadyTime() + std::chrono::hours(1) + milliseconds(ms); }
constexpr DialSchedule::Options kOptions = {.stagger = milliseconds(250), .patience = milliseconds(1000)};

TEST(DialSchedule, AddressesAreTriedOneStaggerApart) {
  DialSchedule schedule(3, kOptions);
  EXPECT_EQ(schedule.start(at(0)), 0U);
  EXPECT_EQ(schedule.start(at(0)), std::nullopt);
  EXPECT_EQ(schedule.next(), at(250));
  EXPECT_EQ(schedule.start(at(249)), std::nullopt);
  EXPECT_EQ(schedule.start(at(250)), 1U);
  EXPECT_EQ(schedule.start(at(500)), 2U);
  EXPECT_EQ(schedule.start(at(10'000)), std::nullopt);
  EXPECT_FALSE(schedule.over());
}

TEST(DialSchedule, AFailureBringsTheNextOneAtOnce) {
  DialSchedule schedule(3, kOptions);
  EXPECT_EQ(schedule.start(at(0)), 0U);
  schedule.failed(0);
  EXPECT_EQ(schedule.start(at(1)), 1U);
  EXPECT_EQ(schedule.start(at(1)), std::nullopt);
  EXPECT_EQ(schedule.next(), at(251));
}

TEST(DialSchedule, EachAddressHasAPatienceOfItsOwn) {
  DialSchedule schedule(2, kOptions);
  EXPECT_EQ(schedule.start(at(0)), 0U);
  EXPECT_EQ(schedule.start(at(250)), 1U);
  EXPECT_EQ(schedule.next(), at(1000));
  EXPECT_EQ(schedule.expire(at(999)), std::nullopt);
  EXPECT_EQ(schedule.expire(at(1000)), 0U);
  EXPECT_EQ(schedule.expire(at(1000)), std::nullopt);
  EXPECT_EQ(schedule.next(), at(1250));
  EXPECT_EQ(schedule.expire(at(1250)), 1U);
  EXPECT_TRUE(schedule.over());
}

TEST(DialSchedule, IsOverWhenEveryAddressHasFailed) {
  DialSchedule schedule(2, kOptions);
  EXPECT_EQ(schedule.start(at(0)), 0U);
  EXPECT_EQ(schedule.start(at(250)), 1U);
  schedule.failed(1);
  EXPECT_FALSE(schedule.over());
  schedule.failed(0);
  EXPECT_TRUE(schedule.over());
  EXPECT_TRUE(DialSchedule(0, kOptions).over());
}

}  // namespace
}  // namespace larder::net
