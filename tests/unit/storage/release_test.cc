// What one process hands on to another, whose stores are two in the same process here.
#include <gtest/gtest.h>

#include <atomic>
#include <cerrno>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "store_test.h"
#include "support/eventually.h"

namespace larder::storage {
namespace {

SliceKey description(std::uint64_t object) { return key_of(object, kMetaSlice); }

class ReleaseTest : public StoreTest {
 public:
  ~ReleaseTest() override { disk.release_writes(); }

 protected:
  /// The paths of drives that are not let go of by `deadline`.
  std::vector<std::string> release(SteadyTime deadline = SteadyTime::max()) {
    return store->release(deadline, [this](const ObjectId& url) {
      const std::lock_guard lock(mutex);
      outdated.insert(url);
    });
  }
  std::set<ObjectId> told() {
    const std::lock_guard lock(mutex);
    return outdated;
  }
  /// As put(), and does not wait for it.
  void put_later(const SliceKey& key, std::size_t length, std::uint64_t version = 0) {
    auto bytes = std::make_shared<Bytes>(bytes_of(key, length, version));
    store->put(key, *bytes, bytes, {});
  }
  /// The store of the process that comes after.
  void open_next(int drives = 1, bool others_may_hold_drives = true) {
    SliceStore::Options all = options(drives);
    if (others_may_hold_drives) all.lock_patience = SteadyTime::duration::zero();
    auto opened = SliceStore::open(all, disk, clock, *log);
    ASSERT_TRUE(opened) << opened.error().text;
    next = *std::move(opened);
  }

  /// As put(), into that one.
  bool put_next(const SliceKey& key, std::size_t length) {
    store.swap(next);
    const bool stored = put(key, length);
    store.swap(next);
    return stored;
  }

  std::mutex mutex;
  std::set<ObjectId> outdated;
  std::unique_ptr<SliceStore> next;
};

TEST_F(ReleaseTest, WhatIsQueuedIsStoredForTheNextStore) {
  make_drives(2);
  open(2);
  for (std::uint32_t number = 0; number < 20; ++number) put_later(key_of(1, number), 10'000);
  put_later(description(1), 300);

  EXPECT_TRUE(release().empty());

  EXPECT_TRUE(told().empty());
  open_next(2);
  for (std::uint32_t number = 0; number < 20; ++number) {
    const auto bytes = next->read(key_of(1, number));
    ASSERT_TRUE(bytes) << number;
    EXPECT_EQ(*bytes, bytes_of(key_of(1, number), 10'000)) << number;
  }
  const auto described = next->read_description(description(1).object);
  ASSERT_TRUE(described);
  EXPECT_TRUE(described->current);
  EXPECT_EQ(next->status()[0].state, "ok");
  EXPECT_EQ(next->status()[1].state, "ok");
}

TEST_F(ReleaseTest, NothingIsStoredAfterwards) {
  open();
  ASSERT_TRUE(put(key_of(1), 1000));
  ASSERT_TRUE(release().empty());
  EXPECT_FALSE(put(key_of(2), 1000));
  EXPECT_FALSE(put(description(2), 300));
  EXPECT_FALSE(store->contains(key_of(2)));
  store->drain();
  store.reset();
  open_next();
  EXPECT_TRUE(next->contains(key_of(1)));
  EXPECT_FALSE(next->contains(key_of(2)));
  EXPECT_FALSE(next->contains(description(2)));
}

TEST_F(ReleaseTest, WhatIsStoredIsServedOnWhileAnotherHasTheDrives) {
  open();
  for (std::uint32_t number = 0; number < 10; ++number) ASSERT_TRUE(put(key_of(1, number), kSliceSize));
  ASSERT_TRUE(release().empty());
  const auto pinned = store->find(key_of(1, 3));
  ASSERT_TRUE(pinned);
  open_next();
  // Until the next one has evicted all that was there.
  for (std::uint32_t number = 0; next->contains(key_of(1, 9)) || next->contains(key_of(1, 0)); ++number) {
    ASSERT_LT(number, 1000u);
    put_next(key_of(2, number), kSliceSize);
  }
  EXPECT_EQ(bytes_at(*pinned, kSliceSize), bytes_of(key_of(1, 3), kSliceSize));
  for (std::uint32_t number = 0; number < 10; ++number) {
    ASSERT_TRUE(store->load(key_of(1, number))) << number;
    const auto bytes = store->read(key_of(1, number));
    ASSERT_TRUE(bytes) << number;
    EXPECT_EQ(*bytes, bytes_of(key_of(1, number), kSliceSize)) << number;
  }
  EXPECT_EQ(status().state, "ok");
}

TEST_F(ReleaseTest, DescriptionsThatNoLongerHoldAreTold) {
  open();
  for (std::uint64_t object = 1; object <= 4; ++object) ASSERT_TRUE(put(description(object), 300, 1));
  ASSERT_TRUE(put(key_of(4, 0), 1000));
  ASSERT_TRUE(release().empty());

  store->erase(description(1));
  EXPECT_FALSE(put(description(2), 300, 2));
  store->erase(key_of(4, 0));  // no description

  EXPECT_EQ(told(), (std::set<ObjectId>{description(1).object, description(2).object}));
  EXPECT_FALSE(store->contains(description(1)));
  EXPECT_FALSE(store->contains(description(2)));
  EXPECT_TRUE(store->contains(description(3)));
}

TEST_F(ReleaseTest, WhatIsErasedBeforeIsWrittenDown) {
  open();
  ASSERT_TRUE(put(description(1), 300));
  ASSERT_TRUE(put(description(2), 300));
  store->erase(description(1));
  ASSERT_TRUE(release().empty());
  EXPECT_TRUE(told().empty());
  open_next();
  EXPECT_FALSE(next->contains(description(1)));
  EXPECT_TRUE(next->contains(description(2)));
}

TEST_F(ReleaseTest, WhatCouldNotBeWrittenDownIsTold) {
  open();
  ASSERT_TRUE(put(description(1), 300));
  disk.fail(FaultyDisk::Operation::kWrite, "segments", ENOSPC);
  store->erase(description(1));
  store->drain();
  ASSERT_TRUE(release().empty());
  EXPECT_EQ(told(), std::set<ObjectId>{description(1).object});
  store.reset();
  EXPECT_FALSE(log_text().contains("may count again")) << "the next process has been told";
}

// Whatever happens first, each is erased on the drive or told.
TEST_F(ReleaseTest, NoErasureIsLostWhileItIsReleased) {
  constexpr std::uint64_t kUrls = 300;
  open();
  for (std::uint64_t object = 1; object <= kUrls; ++object) ASSERT_TRUE(put(description(object), 300));
  std::atomic<std::uint64_t> erased = 0;
  std::thread eraser([&] {
    for (std::uint64_t object = 1; object <= kUrls; ++object, ++erased) store->erase(description(object));
  });
  ASSERT_TRUE(support::eventually([&] { return erased.load() > kUrls / 10; }));
  EXPECT_TRUE(release().empty());
  eraser.join();
  open_next();
  const std::set<ObjectId> heard = told();
  for (std::uint64_t object = 1; object <= kUrls; ++object) {
    const SliceKey key = description(object);
    EXPECT_TRUE(!next->contains(key) || heard.contains(key.object)) << object;
  }
}

TEST_F(ReleaseTest, WhatTheNextProcessEvictsGivesItsRoomBack) {
  open();
  ASSERT_TRUE(put(key_of(1), kSliceSize));
  ASSERT_TRUE(release().empty());
  open_next();
  for (std::uint32_t number = 0; next->contains(key_of(1)); ++number) {
    ASSERT_LT(number, 1000u);
    put_next(key_of(2, number), kSliceSize);
  }
  EXPECT_TRUE(store->contains(key_of(1))) << "it is open here";
  store->forget_evicted();
  EXPECT_FALSE(store->contains(key_of(1)));
  EXPECT_FALSE(put(key_of(3), 1000));
}

TEST_F(ReleaseTest, ADriveThatHangsIsNamedAndKept) {
  open();
  store->drain();  // what a drive writes at its start
  disk.hold_writes();
  put_later(key_of(1), 1000);
  ASSERT_TRUE(support::eventually([&] { return disk.writes_wait(); }));

  const std::vector<std::string> kept = release(clock.now() + std::chrono::milliseconds(50));

  ASSERT_EQ(kept, std::vector{drive(0)});
  const auto refused = SliceStore::open(options(1), disk, clock, *log);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kConflict);
  EXPECT_NE(refused.error().text.find(kept[0]), std::string::npos) << refused.error().text;

  disk.release_writes();
  store.reset();
  open_next();
  EXPECT_TRUE(next->contains(key_of(1))) << "what hung is stored in the end";
}

TEST_F(ReleaseTest, AStoreThatMayFindDrivesHeldGoesOnWithTheOthers) {
  make_drives(2);
  open(1);
  ASSERT_TRUE(put(key_of(1), 1000));

  open_next(2);

  EXPECT_EQ(next->status()[0].state, "failed");
  EXPECT_FALSE(next->status()[0].reason.empty());
  EXPECT_EQ(next->status()[1].state, "ok");
  EXPECT_TRUE(put_next(key_of(2), 1000));
  EXPECT_TRUE(put(key_of(3), 1000)) << "who holds it goes on too";
}

TEST_F(ReleaseTest, DrivesThatHaveFailedAreLetGoOf) {
  open();
  ASSERT_TRUE(put(key_of(1), 1000));
  disk.fail(FaultyDisk::Operation::kWrite, drive(), EIO);
  EXPECT_FALSE(put(key_of(2), 1000));
  ASSERT_EQ(status().state, "failed");
  EXPECT_TRUE(release().empty());
  disk.heal();
  open_next();
  EXPECT_EQ(next->status()[0].state, "ok");
}

TEST_F(ReleaseTest, ADriveThatIsScrubbedIsLetGoOf) {
  SliceStore::Options all = options();
  all.scrub_rate = 100 * kMiB;
  open(all);
  for (std::uint32_t number = 0; number < 5; ++number) ASSERT_TRUE(put(key_of(1, number), kSliceSize));
  EXPECT_TRUE(release().empty());
  open_next();
  for (std::uint32_t number = 0; number < 5; ++number) EXPECT_TRUE(next->contains(key_of(1, number)));
}

TEST_F(ReleaseTest, NoDescriptionIsCurrentOnceAllAreDoubted) {
  open();
  ASSERT_TRUE(put(description(1), 300));
  ASSERT_TRUE(store->read_description(description(1).object)->current);
  store->doubt_all();
  const auto described = store->read_description(description(1).object);
  ASSERT_TRUE(described);
  EXPECT_FALSE(described->current);
  EXPECT_EQ(described->bytes, bytes_of(description(1), 300));
}

}  // namespace
}  // namespace larder::storage
