#include "storage/slice_store.h"

#include <sys/stat.h>

#include <map>

#include "store_test.h"

namespace larder::storage {
namespace {

using SliceStoreTest = StoreTest;

TEST_F(SliceStoreTest, FindsWhatWasPut) {
  open();
  ASSERT_TRUE(put(key_of(1, 7), kSliceSize));

  const auto slice = store->find(key_of(1, 7));

  ASSERT_TRUE(slice);
  EXPECT_TRUE(slice->verified());
  EXPECT_EQ(bytes_at(*slice, kSliceSize), bytes_of(key_of(1, 7), kSliceSize));
  EXPECT_EQ(store->find(key_of(1, 8)).error().code, Errc::kNotFound);
  EXPECT_TRUE(store->contains(key_of(1, 7)));
  EXPECT_FALSE(store->contains(key_of(2, 7)));
}

TEST_F(SliceStoreTest, StoresEveryLength) {
  open();
  for (const std::size_t length : {0, 1, 63, 64, 65, 4032, 4033, 16383, 16384, 70000, 1048575, 1048576}) {
    const SliceKey key = key_of(length);
    ASSERT_TRUE(put(key, length));
    EXPECT_EQ(*store->read(key), bytes_of(key, length)) << length;
    EXPECT_EQ(bytes_at(*store->find(key), length), bytes_of(key, length)) << length;
  }
}

TEST_F(SliceStoreTest, LongSlicesBeginAtAPage) {
  open();
  for (std::uint32_t number = 0; number < 4; ++number) {
    ASSERT_TRUE(put(key_of(1, number), 100 + number));
    ASSERT_TRUE(put(key_of(2, number), 64 * kKiB + number));
    EXPECT_EQ(store->find(key_of(2, number))->offset() % 4096, 0u);
  }
}

TEST_F(SliceStoreTest, ALaterPutReplaces) {
  open();
  ASSERT_TRUE(put(key_of(1), 5000, 1));
  ASSERT_TRUE(put(key_of(1), 6000, 2));

  EXPECT_EQ(*store->read(key_of(1)), bytes_of(key_of(1), 6000, 2));
  EXPECT_EQ(status().slices, 1u);
}

TEST_F(SliceStoreTest, ForgetsWhatWasErased) {
  open();
  ASSERT_TRUE(put(key_of(1), 5000));

  store->erase(key_of(1));

  EXPECT_FALSE(store->find(key_of(1)));
  EXPECT_EQ(store->load(key_of(1)).error().code, Errc::kNotFound);
  EXPECT_EQ(status().slices, 0u);
}

TEST_F(SliceStoreTest, FreshSlicesAreInThePageCache) {
  open();
  ASSERT_TRUE(put(key_of(1), kSliceSize));
  const auto slice = store->find(key_of(1));
  EXPECT_TRUE(store->resident(*slice, 0, kSliceSize));
  EXPECT_TRUE(store->resident(*slice, 5, 6));
  EXPECT_TRUE(store->resident(*slice, 5, 5));
}

TEST_F(SliceStoreTest, KeepsEverythingOverARestart) {
  open();
  for (std::uint32_t number = 0; number < 10; ++number) ASSERT_TRUE(put(key_of(1, number), kSliceSize));
  open();

  for (std::uint32_t number = 0; number < 10; ++number) {
    const SliceKey key = key_of(1, number);
    EXPECT_FALSE(store->find(key)->verified());
    EXPECT_TRUE(store->load(key));
    EXPECT_TRUE(store->find(key)->verified());
    EXPECT_EQ(*store->read(key), bytes_of(key, kSliceSize));
  }
  EXPECT_EQ(status().slices, 10u);
}

TEST_F(SliceStoreTest, OpensWithoutReadingTheSlices) {
  open();
  for (std::uint32_t number = 0; number < 30; ++number) ASSERT_TRUE(put(key_of(1, number), kSliceSize));
  store.reset();
  const std::uint64_t before = disk.bytes_read();

  open();

  EXPECT_EQ(status().slices, 30u);
  EXPECT_LT(disk.bytes_read() - before, 30 * kKiB);
}

TEST_F(SliceStoreTest, TheNewerOfTwoRecordsWinsAfterARestart) {
  open();
  ASSERT_TRUE(put(key_of(1), 5000, 1));
  ASSERT_TRUE(put(key_of(1), 5000, 2));
  ASSERT_TRUE(put(key_of(2), 5000, 1));
  open();
  ASSERT_TRUE(put(key_of(2), 5000, 2));
  open();

  EXPECT_EQ(*store->read(key_of(1)), bytes_of(key_of(1), 5000, 2));
  EXPECT_EQ(*store->read(key_of(2)), bytes_of(key_of(2), 5000, 2));
}

TEST_F(SliceStoreTest, WithoutDrivesItHoldsNothing) {
  open(0);
  EXPECT_FALSE(put(key_of(1), 100));
  EXPECT_FALSE(store->find(key_of(1)));
  EXPECT_EQ(store->read(key_of(1)).error().code, Errc::kNotFound);
}

TEST_F(SliceStoreTest, SharesSlicesAmongDrivesBySize) {
  make_drives(2);
  SliceStore::Options all = options(2);
  all.drives[1].size = 3 * kDriveSize;
  open(all);
  for (std::uint32_t number = 0; number < 4000; ++number) ASSERT_TRUE(put(key_of(number % 7, number), 10));

  EXPECT_NEAR(static_cast<double>(status(0).slices), 1000, 120);
  EXPECT_EQ(status(0).slices + status(1).slices, 4000u);
  for (std::uint32_t number = 0; number < 4000; ++number) EXPECT_TRUE(store->contains(key_of(number % 7, number)));
}

TEST_F(SliceStoreTest, ASlowDiskDeclinesWritesAndBlocksNobody) {
  SliceStore::Options all = options();
  all.write_queue_limit = 3 * kMiB;
  open(all);
  disk.hold_writes();
  const auto bytes = std::make_shared<Bytes>(bytes_of(key_of(1), kSliceSize));
  std::atomic<int> stored = 0;
  std::atomic<int> declined = 0;

  for (std::uint32_t number = 0; number < 10; ++number) {
    store->put(key_of(1, number), *bytes, bytes, [&](bool outcome) { ++(outcome ? stored : declined); });
  }
  EXPECT_EQ(declined, 8);
  EXPECT_FALSE(store->find(key_of(1, 0)));
  disk.release_writes();
  store->drain();

  EXPECT_EQ(stored, 2);
  EXPECT_EQ(status().dropped_writes, 8u);
  EXPECT_EQ(status().state, "ok");
}

TEST_F(SliceStoreTest, LetsGoOfTheBytesOnceStored) {
  open();
  auto bytes = std::make_shared<Bytes>(bytes_of(key_of(1), 1000));
  const std::weak_ptr<Bytes> watch = bytes;
  const std::span<const std::byte> view = *bytes;
  store->put(key_of(1), view, std::move(bytes), {});
  store->drain();
  EXPECT_TRUE(watch.expired());
}

TEST_F(SliceStoreTest, TwoStoresNeverShareADrive) {
  open();
  const auto second = SliceStore::open(options(), disk, clock, *log);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::kConflict);
  EXPECT_NE(second.error().text.find(drive()), std::string::npos);
}

TEST_F(SliceStoreTest, IndexTakesLittleMemory) {
  open();
  for (std::uint32_t number = 0; number < 50'000; ++number) {
    static const Bytes kByte(1);
    store->put(key_of(1, number), kByte, nullptr, {});
    if (number % 1000 == 0) store->drain();
  }
  store->drain();
  EXPECT_EQ(status().slices, 50'000u);
  EXPECT_LT(store->index_bytes(), 50'000 * 24u);
}

}  // namespace
}  // namespace larder::storage
