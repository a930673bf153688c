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
    for (const auto& slice : object.claim(first, most, *store, interest)) {
      numbers.push_back(slice->number());
      held.push_back(slice);
    }
    return numbers;
  }

  std::shared_ptr<FillInterest> interest = std::make_shared<FillInterest>();
  std::vector<std::shared_ptr<FillingSlice>> held;
};

TEST_F(ObjectTest, TheLastSliceIsShorter) {
  const Object object(info_of(2 * kSliceSize + 5));
  EXPECT_EQ(object.slice_count(), 3u);
  EXPECT_EQ(object.slice_length(1), kSliceSize);
  EXPECT_EQ(object.slice_length(2), 5u);
}

TEST_F(ObjectTest, AClaimedSliceIsClaimedOnce) {
  Object object(info_of(10 * kSliceSize));
  EXPECT_EQ(claim(object, 2, 3), (std::vector<std::uint32_t>{2, 3, 4}));
  EXPECT_EQ(claim(object, 3, 3), (std::vector<std::uint32_t>{}));
}

TEST_F(ObjectTest, ARunEndsAtWhatIsOnItsWayOrStoredOrAtTheObjectsEnd) {
  const auto object = std::make_shared<Object>(info_of(6 * kSliceSize));
  cache->store_slice(object, fill(object, 4, std::byte{7}));
  store->drain();
  claim(*object, 2, 1);
  EXPECT_EQ(claim(*object, 0, 9), (std::vector<std::uint32_t>{0, 1}));
  EXPECT_EQ(claim(*object, 3, 9), (std::vector<std::uint32_t>{3}));
  EXPECT_EQ(claim(*object, 5, 9), (std::vector<std::uint32_t>{5}));
}

TEST_F(ObjectTest, AReleasedSliceCanBeClaimedAgain) {
  Object object(info_of(kSliceSize));
  claim(object, 0, 1);
  object.release(held.front());
  EXPECT_EQ(object.filling(0), nullptr);
  EXPECT_EQ(claim(object, 0, 1), (std::vector<std::uint32_t>{0}));
}

TEST_F(ObjectTest, NothingOfASupersededObjectIsFilled) {
  Object object(info_of(kSliceSize));
  object.supersede();
  EXPECT_TRUE(claim(object, 0, 1).empty());
}

TEST_F(ObjectTest, ReadAheadGrowsWhileRequestsFollowEachOther) {
  Object object(info_of(100 * kSliceSize));
  std::vector<std::uint32_t> ahead;
  for (std::uint64_t i = 0; i < 7; ++i) ahead.push_back(object.note_request({i * kSliceSize, (i + 1) * kSliceSize}));
  EXPECT_EQ(ahead, (std::vector<std::uint32_t>{0, 1, 2, 4, 8, 8, 8}));
}

TEST_F(ObjectTest, RandomRequestsAreNotReadAhead) {
  Object object(info_of(100 * kSliceSize));
  for (const std::uint64_t i : {5u, 50u, 7u, 90u, 0u, 33u, 0u}) {
    EXPECT_EQ(object.note_request({i * kSliceSize, (i + 1) * kSliceSize}), 0u) << i;
  }
}

TEST_F(ObjectTest, InterleavedReadersAreToldApart) {
  Object object(info_of(100 * kSliceSize));
  for (std::uint64_t i = 0; i < 4; ++i) {
    const std::uint32_t first = object.note_request({i * kSliceSize, (i + 1) * kSliceSize});
    const std::uint32_t second = object.note_request({(50 + i) * kSliceSize, (51 + i) * kSliceSize});
    EXPECT_EQ(first > 0, i > 0);
    EXPECT_EQ(second > 0, i > 0);
  }
}

TEST_F(ObjectTest, ItsDescriptionIsTouchedOnceAMinute) {
  Object object(info_of(1));
  EXPECT_TRUE(object.due_for_touch(clock.now()));
  EXPECT_FALSE(object.due_for_touch(clock.now()));
  clock.advance(std::chrono::seconds(61));
  EXPECT_TRUE(object.due_for_touch(clock.now()));
}

}  // namespace
}  // namespace larder::cache
