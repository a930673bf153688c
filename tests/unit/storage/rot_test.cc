// Bits that rot on a drive while the store is at work: what comes from the device again is compared again.
#include <gtest/gtest.h>

#include <filesystem>
#include <thread>

#include "store_test.h"
#include "support/eventually.h"

namespace larder::storage {
namespace {

class RotTest : public StoreTest {
 protected:
  bool is_resident(const SliceKey& key, std::uint32_t length) {
    const auto slice = store->find(key);
    return slice && store->resident(*slice, 0, length);
  }
  std::uint64_t offset_of(const SliceKey& key) { return store->find(key)->offset(); }

  // Three slices of 1 MiB in segment 1, which is sealed, and one in segment 2.
  void fill() {
    open();
    for (std::uint32_t number = 0; number < 4; ++number) ASSERT_TRUE(put(key_of(1, number), kSliceSize));
  }
};

#define SKIP_UNLESS(forgotten) \
  if (!(forgotten)) GTEST_SKIP() << "the page cache of this file system cannot be emptied"

TEST_F(RotTest, IsNotResidentAndFoundWhenLoaded) {
  fill();
  const SliceKey key = key_of(1, 1);
  ASSERT_TRUE(is_resident(key, kSliceSize));
  SKIP_UNLESS(rot(segment(1), offset_of(key) + 12345));

  EXPECT_FALSE(is_resident(key, kSliceSize));
  EXPECT_EQ(store->load(key).error().code, Errc::kCorrupt);
  EXPECT_FALSE(store->contains(key));
  EXPECT_TRUE(store->load(key_of(1, 0)));
  EXPECT_TRUE(is_resident(key_of(1, 0), kSliceSize));
}

TEST_F(RotTest, EveryPageOfASliceCounts) {
  fill();
  const SliceKey key = key_of(1, 1);
  const auto slice = store->find(key);
  SKIP_UNLESS(forget(segment(1)));
  ASSERT_TRUE(store->load(key));
  ASSERT_TRUE(is_resident(key, kSliceSize));
  for (const std::uint64_t page : {0, 1, 100, 255}) {
    disk.drop_cached(slice->descriptor(), slice->offset() + page * kPageSize, 1);
    EXPECT_FALSE(is_resident(key, kSliceSize)) << page;
    EXPECT_EQ(store->resident(*slice, 4096 * 101, 4096 * 255), true) << page;
    ASSERT_TRUE(store->load(key));
    EXPECT_TRUE(is_resident(key, kSliceSize)) << page;
  }
}

TEST_F(RotTest, NothingIsReadAheadOfWhatIsAskedFor) {
  fill();
  const auto slice = store->find(key_of(1, 0));
  SKIP_UNLESS(forget(segment(1)));
  // As sendfile does, when it is told to send what is not there.
  for (std::uint32_t at = 0; at < 64 * kKiB; at += 4096) {
    std::byte byte{};
    ASSERT_EQ(::pread(slice->descriptor(), &byte, 1, static_cast<off_t>(slice->offset() + at)), 1);
    ASSERT_FALSE(disk.resident(slice->descriptor(), slice->offset() + at + 4096, 1)) << at;
  }
}

TEST_F(RotTest, LoadingASliceBringsNoOther) {
  fill();
  SKIP_UNLESS(forget(segment(1)));
  ASSERT_TRUE(store->load(key_of(1, 1)));
  for (const std::uint32_t other : {0, 2}) {
    const auto slice = store->find(key_of(1, other));
    EXPECT_FALSE(disk.resident(slice->descriptor(), slice->offset(), 1)) << other;
    EXPECT_FALSE(disk.resident(slice->descriptor(), slice->offset() + kSliceSize - 1, 1)) << other;
  }
}

TEST_F(RotTest, ShortSlicesThatShareAPageAreEachCompared) {
  open();
  for (std::uint32_t number = 0; number < 3; ++number) ASSERT_TRUE(put(key_of(2, number), 500));
  for (std::uint32_t number = 0; number < 4; ++number) ASSERT_TRUE(put(key_of(1, number), kSliceSize));
  ASSERT_EQ(offset_of(key_of(2, 0)) / kPageSize, offset_of(key_of(2, 2)) / kPageSize);
  ASSERT_TRUE(is_resident(key_of(2, 1), 500));
  SKIP_UNLESS(rot(segment(1), offset_of(key_of(2, 1)) + 77));

  ASSERT_TRUE(store->load(key_of(2, 0)));  // brings the page of all three

  EXPECT_TRUE(is_resident(key_of(2, 0), 500));
  EXPECT_FALSE(is_resident(key_of(2, 1), 500));
  EXPECT_TRUE(is_resident(key_of(2, 2), 500));
  EXPECT_EQ(store->load(key_of(2, 1)).error().code, Errc::kCorrupt);
}

TEST_F(RotTest, ADescriptionIsReadWithoutBringingItsNeighbours) {
  open();
  ASSERT_TRUE(put(key_of(1), 20'000));  // its end shares a page with the description
  ASSERT_TRUE(put(key_of(1, kMetaSlice), 300));
  for (std::uint32_t number = 0; number < 4; ++number) ASSERT_TRUE(put(key_of(3, number), kSliceSize));
  const auto slice = store->find(key_of(1));
  SKIP_UNLESS(forget(segment(1)));
  EXPECT_EQ(*store->read(key_of(1, kMetaSlice)), bytes_of(key_of(1, kMetaSlice), 300));
  EXPECT_FALSE(disk.resident(slice->descriptor(), slice->offset() + 19'999, 1));
}

TEST_F(RotTest, WhatIsBeingLoadedAgainCountsAsUnverified) {
  fill();
  const SliceKey key = key_of(1, 1);
  ASSERT_TRUE(store->find(key)->verified());
  SKIP_UNLESS(forget(segment(1)));
  disk.hold_reads();
  std::jthread loading([&] { EXPECT_TRUE(store->load(key)); });
  ASSERT_TRUE(support::eventually([&] { return disk.reads_wait(); }));
  EXPECT_FALSE(store->find(key)->verified());
  disk.release_reads();
  loading.join();
  EXPECT_TRUE(store->find(key)->verified());
}

// Of what is read again to be kept, too: its pages are in memory before anybody has compared them.
TEST_F(RotTest, WhatIsReadToBeKeptAtAnEvictionCountsAsUnverified) {
  fill();
  const SliceKey key = key_of(1, 1);
  ASSERT_TRUE(store->find(key)->verified());  // and has asked for it
  const std::uint64_t offset = offset_of(key);
  SKIP_UNLESS(forget(segment(1)));
  std::atomic<int> seen = 0;
  disk.watch_reads([&] {
    const auto slice = store->find(key);
    if (!slice || slice->offset() != offset || !disk.resident(slice->descriptor(), offset, kPageSize)) return;
    ++seen;
    EXPECT_FALSE(slice->verified());
  });
  for (std::uint32_t number = 0; number < 60; ++number) ASSERT_TRUE(put(key_of(2, number), kSliceSize));
  disk.watch_reads({});
  EXPECT_GT(seen, 0);
  EXPECT_EQ(status().reinserted_slices, 1u);
  EXPECT_TRUE(store->find(key)->verified());
}

TEST_F(RotTest, WhatIsAtHandIsNotReadAgain) {
  fill();
  ASSERT_TRUE(store->load(key_of(1, 1)));
  const std::uint64_t before = disk.bytes_read();
  ASSERT_TRUE(store->load(key_of(1, 1)));
  EXPECT_LT(disk.bytes_read() - before, 100u) << "its header";
}

class ScrubTest : public RotTest {
 protected:
  // One walk over all that is sealed.
  void scrub(std::size_t number = 0) {
    while (store->scrub_next(number)) {
    }
  }
};

TEST_F(ScrubTest, FindsAndDropsWhatHasRotted) {
  fill();
  SKIP_UNLESS(rot(segment(1), offset_of(key_of(1, 1)) + 12345));
  scrub();
  EXPECT_FALSE(store->contains(key_of(1, 1)));
  for (const std::uint32_t good : {0, 2, 3}) EXPECT_TRUE(store->contains(key_of(1, good))) << good;
  EXPECT_EQ(status().scrub.bad_slices, 1u);
  EXPECT_EQ(status().corrupt_slices, 1u);
  EXPECT_EQ(status().scrub.slices, 3u) << "the open segment is for the next walk";
  EXPECT_EQ(status().scrub.percent, 100);
  EXPECT_TRUE(status().scrub.last_end);
  EXPECT_NE(log_text().find("corrupt slice dropped"), std::string::npos);
  scrub();
  EXPECT_EQ(status().scrub.bad_slices, 1u);
  EXPECT_EQ(status().scrub.slices, 5u);
}

TEST_F(ScrubTest, AWalkThatIsOrderedBeginsAtOnceThoughNoneIsDue) {
  auto unscrubbed = options();
  unscrubbed.scrub_rate = 0;
  open(unscrubbed);
  for (std::uint32_t number = 0; number < 8; ++number) ASSERT_TRUE(put(key_of(1, number), kSliceSize));
  EXPECT_EQ(status().scrub.rate, 0u);
  EXPECT_FALSE(status().scrub.under_way);
  const auto walked = [&] { return !status().scrub.under_way; };
  EXPECT_EQ(store->order_scrub(0, 1000 * kMiB), SliceStore::ScrubOrder::kBegun);
  ASSERT_TRUE(support::eventually(walked));
  EXPECT_EQ(status().scrub.slices, 6u) << "of two sealed segments";
  EXPECT_TRUE(status().scrub.last_end);
  EXPECT_EQ(status().scrub.rate, 0u) << "only what is ordered is read";

  EXPECT_EQ(store->order_scrub(0, 1000 * kMiB), SliceStore::ScrubOrder::kBegun);
  ASSERT_TRUE(support::eventually(walked));
  EXPECT_EQ(status().scrub.slices, 12u) << "again, however short a time ago the last walk was";
}

TEST_F(ScrubTest, AnOrderRaisesTheRateOfAWalkThatIsUnderWay) {
  auto slow = options();
  slow.scrub_rate = 0;
  open(slow);
  for (std::uint32_t number = 0; number < 8; ++number) ASSERT_TRUE(put(key_of(1, number), kSliceSize));
  constexpr std::uint64_t kAByteASecond = 1;
  EXPECT_EQ(store->order_scrub(0, kAByteASecond), SliceStore::ScrubOrder::kBegun);
  ASSERT_TRUE(support::eventually([&] { return status().scrub.slices > 0; }));
  EXPECT_EQ(status().scrub.rate, kAByteASecond);
  EXPECT_EQ(store->order_scrub(0, 1000 * kMiB), SliceStore::ScrubOrder::kUnderWay);
  ASSERT_TRUE(support::eventually([&] { return !status().scrub.under_way; }));
  EXPECT_EQ(status().scrub.slices, 6u);
}

TEST_F(ScrubTest, ADriveThatIsOutHasNoWalk) {
  open(options());
  const auto slice = [&] {
    EXPECT_TRUE(put(key_of(1), kSliceSize));
    return *store->find(key_of(1));
  }();
  store->report_read_error(slice, EIO);
  EXPECT_EQ(store->order_scrub(0, 0), SliceStore::ScrubOrder::kOut);
}

TEST_F(ScrubTest, ReadsTheDeviceAndLeavesThePageCacheAlone) {
  fill();
  const auto hot = store->find(key_of(1, 0));
  const auto cold = store->find(key_of(1, 2));
  SKIP_UNLESS(forget(segment(1)));
  ASSERT_TRUE(store->load(key_of(1, 0)));
  scrub();
  EXPECT_TRUE(store->resident(*hot, 0, kSliceSize));
  for (std::uint64_t at = 0; at < kSliceSize; at += kPageSize) {
    ASSERT_FALSE(disk.resident(cold->descriptor(), cold->offset() + at, 1)) << at;
  }
  EXPECT_GT(status().scrub.bytes, 3 * kMiB);
}

// Some file systems read into the page cache whatever they are told.
TEST_F(ScrubTest, WhatItReadsCountsAsUnverifiedUnlessItIsInMemory) {
  fill();
  SKIP_UNLESS(forget(segment(1)));
  ASSERT_TRUE(store->load(key_of(1, 1)));
  bool last_unverified = false;  // as its bytes are read: the last ones of the walk
  disk.watch_reads([&] {
    EXPECT_TRUE(store->find(key_of(1, 1))->verified());
    last_unverified = !store->find(key_of(1, 2))->verified();
  });
  scrub();
  disk.watch_reads({});
  EXPECT_TRUE(last_unverified);
  EXPECT_TRUE(store->load(key_of(1, 2)));
}

TEST_F(ScrubTest, GoesOnWhereItWas) {
  fill();
  for (std::uint32_t number = 10; number < 20; ++number) ASSERT_TRUE(put(key_of(1, number), kSliceSize));
  for (int step = 0; step < 6; ++step) ASSERT_TRUE(store->scrub_next(0));
  ASSERT_LT(status().scrub.percent, 100);
  store.reset();
  support::write_file(drive() + "/larder-scrub",
                      "larder scrub, format 1\npassed 2\nuntil 4\nbegan 1767000000\nended 0\n");
  open();
  EXPECT_GT(status().scrub.percent, 0);
  const std::uint64_t before = status().scrub.slices;
  scrub();
  EXPECT_EQ(status().scrub.slices - before, 6u);
  EXPECT_TRUE(support::read_file(drive() + "/larder-scrub").find("until 0\n") != std::string::npos);
}

TEST_F(ScrubTest, ADamagedTableIsToldAndTheSlicesAreCompared) {
  fill();
  SKIP_UNLESS(rot(segment(1), std::filesystem::file_size(segment(1)) - 64 - 10));
  scrub();
  EXPECT_EQ(status().scrub.slices, 3u);
  EXPECT_EQ(status().scrub.bad_slices, 0u);
  EXPECT_NE(log_text().find("segment found damaged by the scrubber"), std::string::npos);
}

TEST_F(ScrubTest, ADeviceThatCannotBeReadTakesTheDriveOut) {
  fill();
  disk.fail(FaultyDisk::Operation::kRead, drive(), EIO);
  scrub();
  EXPECT_EQ(status().state, "failed");
  EXPECT_FALSE(store->scrub_next(0));
}

TEST_F(ScrubTest, SegmentsMayGoWhileItReads) {
  open();
  std::uint32_t number = 0;
  for (int round = 0; round < 30; ++round) {
    for (int i = 0; i < 7; ++i) ASSERT_TRUE(put(key_of(1, number++), kSliceSize));
    if (number > 20) static_cast<void>(store->find(key_of(1, number - 20)));
    for (int step = 0; step < 3; ++step) static_cast<void>(store->scrub_next(0));
  }
  scrub();
  EXPECT_GT(status().evicted_segments, 20u);
  EXPECT_GT(status().reinserted_slices, 0u);
  EXPECT_EQ(status().scrub.bad_slices, 0u);
  EXPECT_EQ(status().state, "ok");
}

TEST_F(ScrubTest, RunsByItselfAndStops) {
  open();
  for (std::uint32_t number = 0; number < 30; ++number) ASSERT_TRUE(put(key_of(1, number), kSliceSize));
  SliceStore::Options all = options();
  all.scrub_rate = 100'000 * kMiB;  // so it begins at once
  open(all);                        // the first walk begins with what is there
  EXPECT_TRUE(support::eventually([&] { return status().scrub.last_end.has_value(); }));
  EXPECT_EQ(status().scrub.slices, 30u);
  EXPECT_EQ(status().scrub.rate, 100'000 * kMiB);
  store.reset();
}

}  // namespace
}  // namespace larder::storage
