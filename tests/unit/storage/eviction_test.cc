#include <fcntl.h>

#include <filesystem>
#include <random>

#include "store_test.h"
#include "support/seed.h"

namespace larder::storage {
namespace {

class EvictionTest : public StoreTest {
 protected:
  std::uint64_t bytes_on_disk() const {
    std::uint64_t sum = 0;
    for (const auto& file : std::filesystem::directory_iterator(drive() + "/segments")) sum += file.file_size();
    return sum;
  }
};

TEST_F(EvictionTest, SizeIsNeverExceededByMoreThanASegment) {
  open();
  SCOPED_TRACE(support::seed_trace());
  std::mt19937 random(support::test_seed());
  for (std::uint32_t number = 0; number < 250; ++number) {
    ASSERT_TRUE(put(key_of(1, number), random() % kSliceSize + 1));
    static_cast<void>(store->find(key_of(1, random() % (number + 1))));
    ASSERT_LE(bytes_on_disk(), kDriveSize + kSegmentSize);
    ASSERT_EQ(status().used, bytes_on_disk());
  }
  EXPECT_GT(status().evicted_segments, 10u);
  EXPECT_GT(status().used, kDriveSize - 2 * kSegmentSize);
}

TEST_F(EvictionTest, TheOldestGoFirst) {
  open();
  for (std::uint32_t number = 0; number < 80; ++number) ASSERT_TRUE(put(key_of(1, number), kSliceSize));

  EXPECT_FALSE(store->contains(key_of(1, 0)));
  bool seen = false;
  for (std::uint32_t number = 0; number < 80; ++number) {
    seen |= store->contains(key_of(1, number));
    EXPECT_EQ(store->contains(key_of(1, number)), seen) << number;
  }
  EXPECT_EQ(status().evicted_slices + status().slices, 80u);
}

TEST_F(EvictionTest, WhatIsAskedForAgainStays) {
  open();
  const SliceKey wanted = key_of(1);
  ASSERT_TRUE(put(wanted, kSliceSize));
  for (std::uint32_t number = 0; number < 130; ++number) {
    ASSERT_TRUE(store->find(wanted)) << number;
    ASSERT_TRUE(put(key_of(2, number), kSliceSize));
  }
  EXPECT_EQ(*store->read(wanted), bytes_of(wanted, kSliceSize));
  EXPECT_GE(status().reinserted_slices, 2u);
}

TEST_F(EvictionTest, OneRequestBuysOneMoreRound) {
  open();
  ASSERT_TRUE(put(key_of(1), kSliceSize));
  ASSERT_TRUE(store->find(key_of(1)));
  for (std::uint32_t number = 0; number < 130; ++number) ASSERT_TRUE(put(key_of(2, number), kSliceSize));
  EXPECT_EQ(status().reinserted_slices, 1u);
  EXPECT_FALSE(store->contains(key_of(1)));
}

TEST_F(EvictionTest, AtMostHalfASegmentIsReinserted) {
  open();
  std::uint64_t evictions = 0;
  std::uint64_t reinserted = 0;
  for (std::uint32_t number = 0; number < 1000; ++number) {
    ASSERT_TRUE(put(key_of(1, number), 100 * kKiB));
    ASSERT_TRUE(store->find(key_of(1, number)));
    const DriveStatus now = status();
    ASSERT_LE((now.reinserted_slices - reinserted) * 100 * kKiB, (now.evicted_segments - evictions) * kSegmentSize / 2);
    evictions = now.evicted_segments;
    reinserted = now.reinserted_slices;
  }
  EXPECT_GT(reinserted, 100u);
}

TEST_F(EvictionTest, APinnedSliceStaysReadableAfterItsSegmentIsGone) {
  open();
  ASSERT_TRUE(put(key_of(1), kSliceSize));
  StoredSlice pinned = *store->find(key_of(1));
  for (std::uint32_t number = 0; number < 130; ++number) ASSERT_TRUE(put(key_of(2, number), kSliceSize));

  ASSERT_FALSE(std::filesystem::exists(segment(1)));
  EXPECT_EQ(bytes_at(pinned, kSliceSize), bytes_of(key_of(1), kSliceSize));
  const int descriptor = pinned.descriptor();
  pinned = StoredSlice();
  EXPECT_NE(::fcntl(descriptor, F_GETFD), 0);
}

TEST_F(EvictionTest, ReinsertionNeverCarriesCorruptBytesOn) {
  open();
  ASSERT_TRUE(put(key_of(1), kSliceSize));
  ASSERT_TRUE(store->find(key_of(1)));
  const StoredSlice slice = *store->find(key_of(1));
  ASSERT_EQ(::pwrite(slice.descriptor(), "x", 1, static_cast<off_t>(slice.offset() + 1000)), 1);
  for (std::uint32_t number = 0; number < 80; ++number) ASSERT_TRUE(put(key_of(2, number), kSliceSize));

  EXPECT_FALSE(store->contains(key_of(1)));
  EXPECT_EQ(status().corrupt_slices, 1u);
  EXPECT_EQ(status().reinserted_slices, 0u);
}

TEST_F(EvictionTest, AReplacedSliceIsNotCarriedOn) {
  open();
  ASSERT_TRUE(put(key_of(1), kSliceSize, 1));
  ASSERT_TRUE(store->find(key_of(1)));
  for (std::uint32_t number = 0; number < 20; ++number) ASSERT_TRUE(put(key_of(2, number), kSliceSize));
  ASSERT_TRUE(put(key_of(1), kSliceSize, 2));
  for (std::uint32_t number = 20; number < 50; ++number) ASSERT_TRUE(put(key_of(2, number), kSliceSize));

  EXPECT_EQ(*store->read(key_of(1)), bytes_of(key_of(1), kSliceSize, 2));
  EXPECT_EQ(status().reinserted_slices, 0u);
}

TEST_F(EvictionTest, ManySmallSegmentsAreBounded) {
  for (std::uint32_t round = 0; round < 110; ++round) {
    open();
    ASSERT_TRUE(put(key_of(1, round), 100));
  }
  EXPECT_LE(status().segments, 96u);
  EXPECT_TRUE(store->contains(key_of(1, 109)));
}

}  // namespace
}  // namespace larder::storage
