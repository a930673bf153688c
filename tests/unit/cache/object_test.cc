#include "cache/object.h"

#include <gtest/gtest.h>

#include "cache_test.h"

namespace larder::cache {
namespace {

using storage::kSliceSize;

class ObjectTest : public CacheTest {
 protected:
  std::vector<std::uint32_t> claim(Object& object, std::uint32_t first, std::uint32_t most) {
    std::vector<std::uint32_t> numbers;
    const std::uint32_t count = object.claim(first, most, *store, interest);
    for (std::uint32_t number = first; number < first + count; ++number) numbers.push_back(number);
    return numbers;
  }

  std::shared_ptr<FillInterest> interest = std::make_shared<FillInterest>();
};

TEST_F(ObjectTest, TheLastSliceIsShorter) {
  const Object object(info_of(2 * kSliceSize + 5), clock.moment());
  EXPECT_EQ(object.slice_count(), 3u);
  EXPECT_EQ(object.slice_length(1), kSliceSize);
  EXPECT_EQ(object.slice_length(2), 5u);
}

TEST_F(ObjectTest, AClaimedSliceIsClaimedOnce) {
  Object object(info_of(10 * kSliceSize), clock.moment());
  EXPECT_EQ(claim(object, 2, 3), (std::vector<std::uint32_t>{2, 3, 4}));
  EXPECT_EQ(claim(object, 3, 3), (std::vector<std::uint32_t>{}));
}

TEST_F(ObjectTest, ARunEndsAtWhatIsOnItsWayOrStoredOrAtTheObjectsEnd) {
  const auto object = std::make_shared<Object>(info_of(6 * kSliceSize), clock.moment());
  cache->store_slice(object, fill(object, 4, std::byte{7}));
  store->drain();
  claim(*object, 2, 1);
  EXPECT_EQ(claim(*object, 0, 9), (std::vector<std::uint32_t>{0, 1}));
  EXPECT_EQ(claim(*object, 3, 9), (std::vector<std::uint32_t>{3}));
  EXPECT_EQ(claim(*object, 5, 9), (std::vector<std::uint32_t>{5}));
}

TEST_F(ObjectTest, AReleasedSliceCanBeClaimedAgain) {
  Object object(info_of(kSliceSize), clock.moment());
  claim(object, 0, 1);
  object.release(object.take(0, *store, interest));
  EXPECT_EQ(object.filling(0), nullptr);
  EXPECT_EQ(claim(object, 0, 1), (std::vector<std::uint32_t>{0}));
}

// A length of a tebibyte is a line of an origin's head: it must not cost a record for each slice.
TEST_F(ObjectTest, WhatIsTakenOnIsMadeWhenSomebodyComesToIt) {
  Object object(info_of(std::uint64_t{1} << 40), clock.moment());
  object.claim_all(0, object.slice_count(), interest);
  EXPECT_TRUE(claim(object, 1000, 8).empty());
  ASSERT_TRUE(object.underway(1000));
  EXPECT_FALSE(object.underway(1000)->begun);
  EXPECT_EQ(object.underway(1000)->until, object.slice_count()) << "nobody has to look at each of a million";
  const auto awaited = object.filling(1000);
  ASSERT_NE(awaited, nullptr);
  EXPECT_EQ(object.take(1000, *store, interest), awaited) << "who waits follows the fill";
  EXPECT_EQ(object.filling(999), nullptr) << "the fill has passed it by";
  const auto later = object.filling(2000);
  EXPECT_EQ(object.underway(1500)->until, 2000u);
  EXPECT_EQ(object.underway(2000)->until, 2001u);
  EXPECT_EQ(object.give_up(interest).size(), 2u);
  EXPECT_EQ(object.filling(2000), nullptr);
  EXPECT_FALSE(object.underway(3000));
}

TEST_F(ObjectTest, TheFillThatComesFirstTakesASlice) {
  Object object(info_of(4 * kSliceSize), clock.moment());
  const auto other = std::make_shared<FillInterest>();
  object.claim_all(0, 4, interest);
  object.claim_all(0, 4, other);
  EXPECT_NE(object.take(1, *store, other), nullptr);
  EXPECT_EQ(object.take(1, *store, interest), nullptr);
  EXPECT_FALSE(object.is_missing(1, *store, interest));
  EXPECT_TRUE(object.is_missing(2, *store, interest));
}

// Somebody may have taken over what an origin was slow to answer, and be answered later still, or never.
TEST_F(ObjectTest, TheFillThatHasAnAnswerBeatsOneThatHasNone) {
  Object object(info_of(4 * kSliceSize), clock.moment());
  ASSERT_EQ(claim(object, 0, 4).size(), 4u);
  ASSERT_NE(object.take(0, *store, interest), nullptr);
  object.take_over(0);
  const auto other = std::make_shared<FillInterest>();
  ASSERT_EQ(object.claim(0, 4, *store, other), 4u);
  const auto silent = object.take(0, *store, other);
  EXPECT_EQ(object.take(0, *store, interest), nullptr) << "neither has an answer";
  interest->set(FillInterest::Origin::kConfirmed);
  EXPECT_NE(object.take(0, *store, interest), nullptr);
  EXPECT_EQ(silent->state(), FillingSlice::State::kAbandoned) << "who waits for it looks again";
  other->set(FillInterest::Origin::kConfirmed);
  EXPECT_EQ(object.take(0, *store, other), nullptr);
}

// Each revalidation would write a description to a drive, many times a second.
TEST_F(ObjectTest, IsDescribedAnewWhenThatTellsSomething) {
  ObjectInfo info = info_of(10);
  info.born = info.checked = clock.wall();
  info.fresh_until = clock.wall() + std::chrono::seconds(10);
  Object object(info, clock.moment());
  EXPECT_TRUE(object.due_for_description(clock.now()));
  info.fresh_until += std::chrono::seconds(5);
  object.validated(info, clock.moment());
  EXPECT_FALSE(object.due_for_description(clock.now())) << "it would only be asked about earlier";
  info.fresh_until -= std::chrono::seconds(10);
  object.validated(info, clock.moment());
  EXPECT_TRUE(object.due_for_description(clock.now())) << "it would be fresh for too long";
  info.fields.emplace_back("Cache-Control", "max-age=5");
  object.validated(info, clock.moment());
  EXPECT_TRUE(object.due_for_description(clock.now()));
  clock.advance(std::chrono::minutes(1));
  EXPECT_TRUE(object.due_for_description(clock.now()));
}

TEST_F(ObjectTest, NothingOfASupersededObjectIsFilled) {
  Object object(info_of(kSliceSize), clock.moment());
  object.supersede();
  EXPECT_TRUE(claim(object, 0, 1).empty());
}

TEST_F(ObjectTest, ReadAheadGrowsWhileRequestsFollowEachOther) {
  Object object(info_of(100 * kSliceSize), clock.moment());
  std::vector<std::uint32_t> ahead;
  for (std::uint64_t i = 0; i < 7; ++i) ahead.push_back(object.note_request({i * kSliceSize, (i + 1) * kSliceSize}));
  EXPECT_EQ(ahead, (std::vector<std::uint32_t>{0, 1, 2, 4, 8, 8, 8}));
}

TEST_F(ObjectTest, RandomRequestsAreNotReadAhead) {
  Object object(info_of(100 * kSliceSize), clock.moment());
  for (const std::uint64_t i : {5u, 50u, 7u, 90u, 0u, 33u, 0u}) {
    EXPECT_EQ(object.note_request({i * kSliceSize, (i + 1) * kSliceSize}), 0u) << i;
  }
}

TEST_F(ObjectTest, InterleavedReadersAreToldApart) {
  Object object(info_of(100 * kSliceSize), clock.moment());
  for (std::uint64_t i = 0; i < 4; ++i) {
    const std::uint32_t first = object.note_request({i * kSliceSize, (i + 1) * kSliceSize});
    const std::uint32_t second = object.note_request({(50 + i) * kSliceSize, (51 + i) * kSliceSize});
    EXPECT_EQ(first > 0, i > 0);
    EXPECT_EQ(second > 0, i > 0);
  }
}

TEST_F(ObjectTest, ItsDescriptionIsTouchedOnceAMinute) {
  Object object(info_of(1), clock.moment());
  EXPECT_TRUE(object.due_for_touch(clock.now()));
  EXPECT_FALSE(object.due_for_touch(clock.now()));
  clock.advance(std::chrono::seconds(61));
  EXPECT_TRUE(object.due_for_touch(clock.now()));
}

class ObjectTimes : public CacheTest {
 protected:
  ObjectInfo info(std::chrono::seconds fresh_for, std::chrono::seconds age = std::chrono::seconds(0)) {
    ObjectInfo info = info_of(1);
    info.born = clock.wall() - age;
    info.fresh_until = clock.wall() + fresh_for;
    return info;
  }
};

TEST_F(ObjectTimes, AnObjectIsFreshForItsTime) {
  const Object object(info(std::chrono::seconds(10), std::chrono::seconds(3)), clock.moment());
  clock.advance(std::chrono::seconds(9));
  EXPECT_TRUE(object.fresh(clock.now()));
  EXPECT_EQ(object.age(clock.now()), std::chrono::seconds(12));
  clock.advance(std::chrono::seconds(1));
  EXPECT_FALSE(object.fresh(clock.now()));
}

TEST_F(ObjectTimes, ACalendarThatIsSetAndSetBackMakesNothingFreshForLonger) {
  const WallTime right = clock.wall();
  clock.set_wall(right + std::chrono::hours(24));
  const Object object(info(std::chrono::hours(1)), clock.moment());
  clock.set_wall(right);
  EXPECT_TRUE(object.fresh(clock.now()));
  clock.advance(std::chrono::hours(1));
  EXPECT_FALSE(object.fresh(clock.now()));
  EXPECT_EQ(object.age(clock.now()), std::chrono::hours(1));
}

TEST_F(ObjectTimes, WhatWasDescribedInTheFutureIsAskedForAgain) {
  const WallTime right = clock.wall();
  clock.set_wall(right + std::chrono::hours(24));
  const Object ahead(info(std::chrono::hours(1)), clock.moment());
  const ObjectInfo on_disk = ahead.info(clock.moment());
  clock.set_wall(right);
  EXPECT_FALSE(Object(on_disk, clock.moment()).fresh(clock.now()));
  clock.set_wall(right + std::chrono::hours(24));
  EXPECT_TRUE(Object(on_disk, clock.moment()).fresh(clock.now()));
}

// An origin whose Date is right makes it old, by a calendar that is ahead, and no less wrong about when it ends.
TEST_F(ObjectTimes, WhatWasAskedForInTheFutureIsAskedForAgain) {
  ObjectInfo on_disk = info(std::chrono::hours(1), std::chrono::minutes(1));
  EXPECT_TRUE(Object(on_disk, clock.moment()).fresh(clock.now()));
  on_disk.checked = clock.wall() + std::chrono::hours(1);
  EXPECT_FALSE(Object(on_disk, clock.moment()).fresh(clock.now()));
}

TEST_F(ObjectTimes, AValidationMakesItYoungAndSaysWhatClientsAreTold) {
  Object object(info(std::chrono::seconds(10)), clock.moment());
  clock.advance(std::chrono::seconds(20));
  ObjectInfo now = info(std::chrono::seconds(5));
  now.fields = {{"Cache-Control", "max-age=5"}};
  object.validated(now, clock.moment());
  EXPECT_TRUE(object.fresh(clock.now()));
  EXPECT_EQ(object.age(clock.now()), std::chrono::seconds(0));
  EXPECT_EQ(object.shown()->header_lines, "Cache-Control: max-age=5\r\nETag: \"v1\"\r\n");
  EXPECT_EQ(object.info(clock.moment()).fields, now.fields);
}

TEST_F(ObjectTimes, WhatIsLentIsUsableAndNotFresh) {
  Object object(info(std::chrono::seconds(0)), clock.moment());
  EXPECT_FALSE(object.usable(clock.now()));
  object.lend(clock.now(), std::chrono::seconds(30));
  EXPECT_TRUE(object.usable(clock.now()));
  EXPECT_FALSE(object.fresh(clock.now()));
  clock.advance(std::chrono::seconds(30));
  EXPECT_FALSE(object.usable(clock.now()));
}

TEST_F(ObjectTimes, AShortLoanDoesNotEndALongerOne) {
  Object object(info(std::chrono::seconds(0)), clock.moment());
  object.lend(clock.now(), std::chrono::seconds(30));
  object.lend(clock.now(), std::chrono::seconds(2));
  clock.advance(std::chrono::seconds(29));
  EXPECT_TRUE(object.usable(clock.now()));
}

TEST_F(ObjectTimes, AnOriginsWordThatItNeverChangesCountsWhileItIsFresh) {
  ObjectInfo immutable = info(std::chrono::seconds(10));
  immutable.fields = {{"Cache-Control", "max-age=10, immutable"}};
  const Object object(immutable, clock.moment());
  EXPECT_TRUE(object.never_changes(clock.now()));
  clock.advance(std::chrono::seconds(10));
  EXPECT_FALSE(object.never_changes(clock.now()));
}

}  // namespace
}  // namespace larder::cache
