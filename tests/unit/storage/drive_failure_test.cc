#include <cerrno>
#include <filesystem>

#include "storage/segment_count.h"
#include "store_test.h"

namespace larder::storage {
namespace {

using Operation = FaultyDisk::Operation;

class DriveFailureTest : public StoreTest {
 protected:
  // Slices 0..9 of object 1, wherever they go.
  void fill() {
    for (std::uint32_t number = 0; number < 10; ++number) ASSERT_TRUE(put(key_of(1, number), 100 * kKiB));
  }
  std::size_t found() {
    std::size_t count = 0;
    for (std::uint32_t number = 0; number < 10; ++number) count += store->find(key_of(1, number)).has_value();
    return count;
  }
};

TEST_F(DriveFailureTest, AWriteErrorTakesTheDriveOut) {
  open();
  fill();
  disk.fail(Operation::kWrite, drive(), EIO);

  EXPECT_FALSE(put(key_of(2), 1000));

  EXPECT_EQ(status().state, "failed");
  EXPECT_NE(status().reason.find("Input/output error"), std::string::npos);
  EXPECT_EQ(found(), 0u);
  EXPECT_FALSE(put(key_of(3), 1000));
  EXPECT_EQ(store->read(key_of(1, 0)).error().code, Errc::kNotFound);
  EXPECT_NE(log_text().find("drive failed"), std::string::npos);
}

TEST_F(DriveFailureTest, AReadErrorTakesTheDriveOut) {
  open();
  fill();
  disk.fail(Operation::kRead, drive(), EIO);

  EXPECT_EQ(store->load(key_of(1, 0)).error().code, Errc::kUnavailable);

  EXPECT_EQ(status().state, "failed");
  EXPECT_EQ(found(), 0u);
}

TEST_F(DriveFailureTest, AReadersErrorTakesTheDriveOut) {
  open();
  fill();
  const auto slice = store->find(key_of(1, 0));

  store->report_read_error(*slice, EIO);

  EXPECT_EQ(status().state, "failed");
  EXPECT_EQ(found(), 0u);
}

TEST_F(DriveFailureTest, TheOtherDriveGoesOn) {
  make_drives(2);
  open(2);
  fill();
  const std::size_t on_other = status(1).slices;
  disk.fail(Operation::kWrite, drive(0), EIO);
  for (std::uint32_t number = 0; status(0).state == "ok"; ++number) put(key_of(2, number), 1000);

  EXPECT_EQ(found(), on_other);
  EXPECT_EQ(status(1).state, "ok");
  fill();  // what the failed drive had goes to the other one now
  EXPECT_EQ(found(), 10u);
}

TEST_F(DriveFailureTest, ADriveThatComesBackDoesNotBringOldVersions) {
  make_drives(2);
  open(2);
  for (std::uint32_t number = 0; number < 20; ++number) ASSERT_TRUE(put(key_of(1, number), 1000, 1));
  ASSERT_GT(status(0).slices, 0u);
  disk.fail(Operation::kWrite, drive(0), EIO);
  for (std::uint32_t number = 0; status(0).state == "ok"; ++number) put(key_of(2, number), 1000);
  for (std::uint32_t number = 0; number < 20; ++number) ASSERT_TRUE(put(key_of(1, number), 1000, 2));
  disk.heal();
  open(2);
  ASSERT_EQ(status(0).state, "ok");

  for (std::uint32_t number = 0; number < 20; ++number) {
    const auto bytes = store->read(key_of(1, number));
    ASSERT_TRUE(bytes);
    EXPECT_EQ(*bytes, bytes_of(key_of(1, number), 1000, 2)) << number;
  }
}

TEST_F(DriveFailureTest, ADriveThatIsDeadAtTheStartIsFailedNotFatal) {
  open(2);
  fill();
  store.reset();
  disk.fail(Operation::kList, drive(0), EIO);

  open(2);

  EXPECT_EQ(status(0).state, "failed");
  EXPECT_EQ(status(1).state, "ok");
  EXPECT_TRUE(put(key_of(5), 1000));
}

// As when its file system is unmounted while files of it are open, and what lies below is a drive too.
TEST_F(DriveFailureTest, StoresNothingInAFolderThatHasTakenItsPlace) {
  make_drives(1);
  open();
  fill();
  std::filesystem::rename(drive(), folder / "aside");
  make_drives(1, 2);
  std::filesystem::create_directory(drive() + "/segments");
  for (std::uint32_t number = 0; status().state == "ok" && number < 10; ++number) put(key_of(2, number), kSliceSize);

  EXPECT_EQ(status().state, "failed");
  EXPECT_TRUE(status().reason.contains("is its file system still mounted?")) << status().reason;
  store.reset();
  EXPECT_TRUE(std::filesystem::is_empty(drive() + "/segments"));
  EXPECT_FALSE(std::filesystem::exists(drive() + "/larder-epochs"));
}

TEST_F(DriveFailureTest, ADriveWhoseFolderIsGoneSaysSo) {
  open();
  fill();
  std::filesystem::rename(drive(), folder / "aside");
  for (std::uint32_t number = 0; status().state == "ok" && number < 10; ++number) put(key_of(2, number), kSliceSize);

  EXPECT_EQ(status().state, "failed");
  EXPECT_TRUE(status().reason.contains("is its file system still mounted?")) << status().reason;
}

TEST_F(DriveFailureTest, AFullFileSystemEvictsInsteadOfFailing) {
  disk.limit_space(20 * kMiB);
  open();
  for (std::uint32_t number = 0; number < 60; ++number) EXPECT_TRUE(put(key_of(1, number), kSliceSize)) << number;

  EXPECT_EQ(status().state, "no_room");
  EXPECT_TRUE(status().reason.contains("of 64 MiB")) << status().reason;
  EXPECT_GT(status().evicted_segments, 5u);
  EXPECT_TRUE(store->contains(key_of(1, 59)));

  disk.heal();
  for (std::uint32_t number = 0; number < 30; ++number) EXPECT_TRUE(put(key_of(2, number), kSliceSize)) << number;
  EXPECT_EQ(status().state, "ok") << "there is room again";
  EXPECT_TRUE(log_text().contains("there is room for the drive again"));
}

TEST_F(DriveFailureTest, AFileSystemThatStaysFullKeepsWhatIsStored) {
  open();
  for (std::uint32_t number = 0; number < 30; ++number) ASSERT_TRUE(put(key_of(1, number), kSliceSize));
  const std::uint64_t before = status().slices;
  disk.fail(Operation::kWrite, drive(), ENOSPC);

  for (std::uint32_t number = 0; number < 30; ++number) EXPECT_FALSE(put(key_of(2, number), kSliceSize));

  EXPECT_EQ(status().state, "no_room");
  EXPECT_TRUE(status().reason.contains("No space left")) << status().reason;
  EXPECT_GE(status().slices, before - 6);
  EXPECT_EQ(status().dropped_writes, 30u);
  EXPECT_TRUE(store->find(key_of(1, 29)));
}

TEST_F(DriveFailureTest, WithoutADescriptorForANewSegmentTheDriveStaysInUse) {
  open();
  for (std::uint32_t number = 0; number < 30; ++number) ASSERT_TRUE(put(key_of(1, number), kSliceSize));
  const std::uint64_t before = status().slices;
  disk.fail(Operation::kOpen, "segments", EMFILE);
  for (std::uint32_t number = 0; number < 30; ++number) put(key_of(2, number), kSliceSize);

  EXPECT_EQ(status().state, "no_room");
  EXPECT_TRUE(status().reason.contains("Too many open files")) << status().reason;
  EXPECT_GE(status().slices, before - 6);
  EXPECT_GT(status().dropped_writes, 20U);
  EXPECT_NE(log_text().find("Too many open files"), std::string::npos);
  disk.heal();
  for (std::uint32_t number = 0; number < 30; ++number) EXPECT_TRUE(put(key_of(3, number), kSliceSize));
  EXPECT_EQ(status().state, "ok");
}

TEST_F(DriveFailureTest, ADriveHasNoMoreSegmentsThanThereAreDescriptorsForIt) {
  SliceStore::Options few = options();
  few.segments = count_segments(kDriveSize, kSegmentSize).full;
  open(few);
  for (std::uint32_t number = 0; number < 200; ++number) {
    ASSERT_TRUE(put(key_of(1, number), kSliceSize));
    ASSERT_LE(status().segments, few.segments);
  }
  EXPECT_GE(status().used, kDriveSize - 2 * kSegmentSize) << "they are enough for all of its size";
}

TEST_F(DriveFailureTest, SmallSegmentsOfManyRestartsGiveWayToFewerDescriptors) {
  constexpr std::uint32_t kRestarts = 40;
  for (std::uint32_t number = 0; number < kRestarts; ++number) {
    open();
    ASSERT_TRUE(put(key_of(1, number), 1000));
  }
  store.reset();
  SliceStore::Options few = options();
  few.segments = count_segments(kDriveSize, kSegmentSize).full;
  open(few);
  EXPECT_EQ(status().state, "ok");
  EXPECT_LE(status().segments, few.segments);
  EXPECT_TRUE(store->find(key_of(1, kRestarts - 1))) << "the newest are kept";
  EXPECT_TRUE(put(key_of(2), 1000));
}

TEST_F(DriveFailureTest, WhatAFailedDriveHeldStaysReadableForThoseWhoHoldIt) {
  open();
  fill();
  const auto slice = store->find(key_of(1, 0));
  store->report_read_error(*slice, EIO);
  store.reset();
  EXPECT_EQ(bytes_at(*slice, 100 * kKiB), bytes_of(key_of(1, 0), 100 * kKiB));
}

}  // namespace
}  // namespace larder::storage
