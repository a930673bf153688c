// Drives that go and come back: what was replaced meanwhile is not believed again.
#include <cerrno>
#include <filesystem>

#include "storage/drive.h"
#include "store_test.h"
#include "support/eventually.h"
#include "support/manual_clock.h"

namespace larder::storage {
namespace {

namespace fs = std::filesystem;
using Fault = FaultyDisk::Operation;

constexpr std::uint64_t kUrls = 40;

class DriveReturn : public StoreTest {
 protected:
  static SliceKey description(std::uint64_t url) { return key_of(url, kMetaSlice); }

  // Descriptions of all URLs, in this version, wherever they go.
  void describe(std::uint64_t version) {
    for (std::uint64_t url = 0; url < kUrls; ++url) ASSERT_TRUE(put(description(url), 300, version)) << url;
  }
  // So many slices of other things that each of `drives` evicts all it had.
  void flood(std::uint64_t object, std::uint32_t drives = 1) {
    for (std::uint32_t number = 0; number < 75 * drives; ++number) {
      ASSERT_TRUE(put(key_of(object, number), kSliceSize));
    }
  }
  SliceStore::Options only(int number) const {
    SliceStore::Options all;
    all.drives.push_back({drive(number), kDriveSize});
    return all;
  }

  struct Count {
    int relied_on = 0;
    int to_be_asked = 0;
    int gone = 0;
    int old = 0;  // relied on, and not of the version
  };
  Count count(std::uint64_t version) {
    Count count;
    for (std::uint64_t url = 0; url < kUrls; ++url) {
      const auto found = store->read_description(description(url).object);
      if (!found) {
        ++count.gone;
      } else if (!found->current) {
        ++count.to_be_asked;
      } else {
        ++count.relied_on;
        count.old += found->bytes != bytes_of(description(url), 300, version);
      }
    }
    return count;
  }
  std::string epochs(int number) const { return support::read_file(drive(number) + "/larder-epochs"); }
};

TEST_F(DriveReturn, OverARestartEverythingIsReliedOn) {
  make_drives(2);
  open(2);
  describe(1);
  open(2);
  EXPECT_EQ(count(1).relied_on, static_cast<int>(kUrls));
  EXPECT_EQ(count(1).old, 0);
}

TEST_F(DriveReturn, WhatWasReplacedMeanwhileDoesNotComeBack) {
  make_drives(2);
  open(2);
  describe(1);
  open(only(1));
  describe(2);
  open(2);
  const Count after = count(2);
  EXPECT_EQ(after.old, 0);
  EXPECT_EQ(after.gone, 0);
  EXPECT_GT(after.relied_on, 5);
}

TEST_F(DriveReturn, NorIfWhatReplacedItIsEvicted) {
  make_drives(2);
  open(2);
  describe(1);
  open(only(1));
  describe(2);
  flood(1000);
  open(2);
  const Count after = count(2);
  EXPECT_EQ(after.relied_on, 0);
  EXPECT_GT(after.to_be_asked, 5);
  describe(3);  // the origin was asked
  open(2);
  EXPECT_EQ(count(3).relied_on, static_cast<int>(kUrls));
  EXPECT_EQ(count(3).old, 0);
}

// The drive that was away has segments with higher ids than any that was written meanwhile.
TEST_F(DriveReturn, NorIfItsSegmentsHaveHigherIds) {
  make_drives(2);
  open(2);
  flood(1000, 2);
  describe(1);
  open(only(1));
  describe(2);
  store.reset();
  for (const auto& file : fs::directory_iterator(drive(1) + "/segments")) {
    if (fs::file_size(file) > kMiB) fs::remove(file);  // as if it had been nearly empty
  }
  open(2);
  EXPECT_EQ(count(2).old, 0);
}

TEST_F(DriveReturn, SlicesOfBodiesStayInUse) {
  make_drives(2);
  open(2);
  for (std::uint32_t number = 0; number < 20; ++number) ASSERT_TRUE(put(key_of(7, number), 100 * kKiB));
  open(only(1));
  open(2);
  for (std::uint32_t number = 0; number < 20; ++number) EXPECT_TRUE(store->load(key_of(7, number))) << number;
}

TEST_F(DriveReturn, ADriveThatFailsIsAwayAtOnce) {
  make_drives(2);
  open(2);
  describe(1);
  store->drain();
  const std::string before = epochs(1);
  disk.fail(Fault::kWrite, drive(0), EIO);
  for (std::uint32_t number = 0; status(0).state == "ok"; ++number) put(key_of(2, number), 1000);
  EXPECT_TRUE(support::eventually([&] { return epochs(1) != before; })) << "written down though nothing else was";
  describe(2);
  flood(1000);
  disk.heal();
  open(2);
  ASSERT_EQ(status(0).state, "ok");
  EXPECT_EQ(count(2).old, 0);
}

TEST_F(DriveReturn, OfTwoStoresNeitherIsReliedOn) {
  make_drives(2);
  open(only(0));
  describe(1);
  open(only(1));
  describe(2);
  open(2);
  const Count after = count(2);
  EXPECT_EQ(after.relied_on, 0);
  EXPECT_EQ(after.to_be_asked, static_cast<int>(kUrls));
}

TEST_F(DriveReturn, ANewDriveTakesOverItsShareOnly) {
  make_drives(2);
  open(only(0));
  describe(1);
  open(2);
  const Count after = count(1);
  EXPECT_EQ(after.old, 0);
  EXPECT_GT(after.relied_on, 5);
  EXPECT_GT(after.to_be_asked, 5);
}

TEST_F(DriveReturn, DrivesWithoutEpochsAreOneStore) {
  make_drives(2);
  open(2);
  describe(1);
  store.reset();
  for (const int number : {0, 1}) fs::remove(drive(number) + "/larder-epochs");
  open(2);
  store->drain();
  EXPECT_EQ(count(1).relied_on, static_cast<int>(kUrls));
  EXPECT_NE(epochs(0), "");
  EXPECT_EQ(epochs(0), epochs(1));
}

TEST_F(DriveReturn, ADamagedFileOfEpochsIsToldAndTheDriveIsAskedAbout) {
  make_drives(1);
  open(1);
  describe(1);
  store.reset();
  support::write_file(drive() + "/larder-epochs", "larder epochs, format 1\nnonsense\n");
  open(1);
  EXPECT_EQ(count(1).to_be_asked, static_cast<int>(kUrls));
  EXPECT_NE(log_text().find("drive cannot say when it was in use"), std::string::npos);
  describe(2);
  open(1);
  EXPECT_EQ(count(2).relied_on, static_cast<int>(kUrls));
}

TEST_F(DriveReturn, WithoutRoomForTheEpochsNothingIsStored) {
  make_drives(1);
  open(1);
  describe(1);
  disk.fail(Fault::kWrite, "larder-epochs", ENOSPC);
  open(1);
  EXPECT_EQ(status().state, "ok");
  EXPECT_EQ(count(1).relied_on, static_cast<int>(kUrls));
  EXPECT_FALSE(put(description(0), 300, 2));
  disk.heal();
  for (int tries = 0; tries < 100 && !put(description(0), 300, 2); ++tries) {
  }
  EXPECT_TRUE(put(description(0), 300, 2));
}

TEST_F(DriveReturn, ADriveThatCannotKeepEpochsIsOut) {
  make_drives(2);
  open(2);
  describe(1);
  disk.fail(Fault::kRename, drive(0) + "/larder-epochs", EROFS);
  open(2);
  store->drain();
  EXPECT_EQ(status(0).state, "failed");
  EXPECT_EQ(status(1).state, "ok");
  describe(2);
  flood(1000);
  disk.heal();
  open(2);
  EXPECT_EQ(count(2).old, 0);
}

// Killed at any step of writing down what has changed: what is there is the old or the new.
TEST_F(DriveReturn, AKillInTheMiddleRevivesNothing) {
  for (const Fault at : {Fault::kOpen, Fault::kWrite, Fault::kSync, Fault::kRename}) {
    store.reset();
    fs::remove_all(drive(0));
    fs::remove_all(drive(1));
    make_drives(2);
    open(2);
    describe(1);
    store.reset();
    disk.fail(at, "drive1/larder-epochs", EIO);  // drive 0 knows of the new epoch, drive 1 does not
    open(2);
    store.reset();
    disk.heal();
    open(2);
    EXPECT_EQ(count(1).old, 0);
    EXPECT_EQ(count(1).gone, 0);
    EXPECT_EQ(status(1).state, "ok");
  }
}

TEST_F(DriveReturn, ACopyBesideItsOriginalIsRefused) {
  make_drives(1);
  open(1);
  describe(1);
  store.reset();
  fs::copy(drive(0), drive(1), fs::copy_options::recursive);
  const auto opened = SliceStore::open(options(2), disk, clock, *log);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::kInvalid);
  EXPECT_NE(opened.error().text.find("copy"), std::string::npos) << opened.error().text;
}

TEST_F(DriveReturn, DrivesMayChangePlaces) {
  make_drives(2);
  open(2);
  describe(1);
  store.reset();
  fs::rename(drive(0), drive(9));
  fs::rename(drive(1), drive(0));
  fs::rename(drive(9), drive(1));
  open(2);
  EXPECT_EQ(count(1).relied_on, static_cast<int>(kUrls));
}

// Being kept at an eviction gives a record a new id: that must not make it look new.
TEST_F(DriveReturn, AnEvictionDoesNotMakeOldDescriptionsNew) {
  make_drives(2);
  open(2);
  describe(1);
  open(only(1));
  describe(2);
  flood(1000);
  open(2);
  for (std::uint64_t url = 0; url < kUrls; ++url) static_cast<void>(store->find(description(url)));
  flood(2000, 2);
  EXPECT_EQ(count(2).old, 0);
  open(2);
  EXPECT_EQ(count(2).old, 0);
}

TEST_F(DriveReturn, AnErasedDescriptionStaysErased) {
  make_drives(2);
  open(2);
  describe(1);
  for (std::uint64_t url = 0; url < kUrls; url += 2) store->erase(description(url));
  store->drain();
  EXPECT_EQ(count(1).gone, static_cast<int>(kUrls / 2));
  open(2);
  EXPECT_EQ(count(1).gone, static_cast<int>(kUrls / 2));
  describe(2);
  open(2);
  EXPECT_EQ(count(2).relied_on, static_cast<int>(kUrls));
}

TEST_F(DriveReturn, ADescriptionThatCouldNotBeReplacedIsErased) {
  SliceStore::Options all = options();
  all.write_queue_limit = 20'000;
  open(all);
  ASSERT_TRUE(put(description(1), 300, 1));
  ASSERT_TRUE(put(description(2), 300, 1));
  disk.hold_writes();
  const Bytes waiting(10'000);
  store->put(key_of(9), waiting, {}, {});
  bool declined = false;
  const Bytes newer = bytes_of(description(1), 15'000, 2);
  store->put(description(1), newer, {}, [&](bool stored) { declined = !stored; });
  EXPECT_TRUE(declined);
  EXPECT_FALSE(store->contains(description(1)));
  disk.release_writes();
  open(all);
  EXPECT_FALSE(store->contains(description(1)));
  EXPECT_EQ(*store->read(description(2)), bytes_of(description(2), 300, 1));
}

// A drive takes its time, and meanwhile somebody looks.
TEST_F(DriveReturn, ADescriptionIsNotFoundWhileTheOneThatReplacesItIsQueued) {
  open(options());
  ASSERT_TRUE(put(description(1), 300, 1));
  disk.hold_writes();
  const Bytes newer = bytes_of(description(1), 300, 2);
  store->put(description(1), newer, {}, {});
  EXPECT_FALSE(store->contains(description(1)));
  disk.release_writes();
  store->drain();
  EXPECT_EQ(*store->read(description(1)), newer);
}

// An erasure that fails is not owed when something newer is queued behind it.
TEST_F(DriveReturn, WhatIsOwedDoesNotEraseWhatCameLater) {
  open(options());
  ASSERT_TRUE(put(description(1), 300, 1));
  disk.fail(FaultyDisk::Operation::kWrite, "segments", ENOSPC);
  disk.hold_writes();
  store->erase(description(1));
  ASSERT_TRUE(support::eventually([&] { return disk.writes_wait(); }));
  const Bytes newer = bytes_of(description(1), 300, 3);
  bool stored = false;
  store->put(key_of(9), newer, {}, [&](bool) { disk.heal(); });
  store->put(description(1), newer, {}, [&](bool is_stored) { stored = is_stored; });
  disk.release_writes();
  store->drain();
  EXPECT_TRUE(stored);
  EXPECT_EQ(*store->read(description(1)), newer);
}

// The version that is outdated waits in the queue when the word comes that it is.
TEST_F(DriveReturn, ADescriptionThatIsStillQueuedIsErasedToo) {
  SliceStore::Options all = options();
  all.write_queue_limit = 20'000;
  open(all);
  disk.hold_writes();
  const Bytes waiting(10'000);
  store->put(key_of(9), waiting, {}, {});
  const Bytes older = bytes_of(description(1), 5'000, 1);
  store->put(description(1), older, {}, {});
  const Bytes newer = bytes_of(description(1), 15'000, 2);
  bool declined = false;
  store->put(description(1), newer, {}, [&](bool stored) { declined = !stored; });
  EXPECT_TRUE(declined);
  disk.release_writes();
  store->drain();
  EXPECT_FALSE(store->contains(description(1)));
  open(all);
  EXPECT_FALSE(store->contains(description(1)));
}

TEST_F(DriveReturn, ADescriptionThatCouldNotBeReplacedWhileTheDriveHungIsErasedLater) {
  support::ManualClock hung;
  SliceStore::Options all = options();
  store = *SliceStore::open(all, disk, hung, *log);
  ASSERT_TRUE(put(description(1), 300, 1));
  ASSERT_TRUE(put(description(2), 300, 1));
  disk.hold_writes();
  const Bytes waiting(10'000);
  store->put(key_of(9), waiting, {}, {});
  ASSERT_TRUE(support::eventually([&] { return disk.writes_wait(); }));
  const Bytes queued = bytes_of(description(2), 300, 2);
  store->put(description(2), queued, {}, {});
  hung.advance(2 * Drive::kHang);
  store->shed_hanging_writes();
  const Bytes newer = bytes_of(description(1), 300, 2);
  store->put(description(1), newer, {}, {});
  EXPECT_FALSE(store->contains(description(1)));
  EXPECT_FALSE(store->contains(description(2)));
  disk.release_writes();
  open(all);
  EXPECT_FALSE(store->contains(description(1)));
  EXPECT_FALSE(store->contains(description(2)));
}

TEST_F(DriveReturn, ADescriptionThatCouldNotBeReplacedForLackOfRoomIsErasedWhenThereIs) {
  open(options());
  ASSERT_TRUE(put(description(1), 300, 1));
  ASSERT_TRUE(put(description(2), 300, 1));
  disk.fail(FaultyDisk::Operation::kWrite, "segments", ENOSPC);
  EXPECT_FALSE(put(description(1), 300, 2));
  EXPECT_FALSE(put(description(2), 300, 2));
  disk.heal();
  EXPECT_TRUE(put(description(2), 300, 3)) << "what comes now is in its place, and is not erased";
  store->drain();
  open(options());
  EXPECT_FALSE(store->contains(description(1)));
  EXPECT_EQ(*store->read(description(2)), bytes_of(description(2), 300, 3));
}

}  // namespace
}  // namespace larder::storage
