#include "cache_test.h"

#include <gtest/gtest.h>

#include <future>

namespace larder::cache {
namespace {

using storage::kSliceSize;

constexpr storage::ObjectId kUrl = {11, 12};

class CacheStorage : public CacheTest {};

TEST_F(CacheStorage, AStoredSliceLeavesMemoryAndIsFoundOnDisk) {
  const auto object = std::make_shared<Object>(info_of(kSliceSize));
  cache->store_slice(object, fill(object, 0, std::byte{42}));
  store->drain();
  EXPECT_EQ(object->filling(0), nullptr);
  EXPECT_TRUE(store->contains(object->key(0)));
  EXPECT_EQ(cache->memory().used(), 0u);
}

TEST_F(CacheStorage, AnObjectIsKnownAgainFromItsDescription) {
  ObjectInfo info = info_of(12345, "\"abc\"");
  info.last_modified = "Fri, 02 Jan 2026 03:04:05 GMT";
  info.fields = {{"Content-Type", "image/gif"}};
  const auto object = std::make_shared<Object>(info);
  object->set_fresh_until(clock.wall() + std::chrono::hours(5));
  object->set_born(clock.wall() - std::chrono::minutes(3));
  object->set_no_ranges();
  cache->store_info(kUrl, object);
  store->drain();

  const auto loaded = run(cache->load_info(executor(), kUrl));
  ASSERT_NE(loaded, nullptr);
  EXPECT_TRUE(same_version(loaded->info(), info));
  EXPECT_EQ(loaded->info().id, info.id);
  EXPECT_EQ(loaded->info().fields, info.fields);
  EXPECT_EQ(loaded->fresh_until(), clock.wall() + std::chrono::hours(5));
  EXPECT_EQ(loaded->born(), clock.wall() - std::chrono::minutes(3));
  EXPECT_FALSE(loaded->ranges());
}

TEST_F(CacheStorage, WhatWasNeverDescribedIsNotFound) { EXPECT_EQ(run(cache->load_info(executor(), kUrl)), nullptr); }

TEST_F(CacheStorage, ADescriptionThatCannotBeReadIsDropped) {
  const auto bytes = std::make_shared<std::vector<std::byte>>(100, std::byte{3});
  std::promise<void> stored;
  store->put({kUrl, storage::kMetaSlice}, *bytes, bytes, [&](bool) { stored.set_value(); });
  stored.get_future().wait();
  EXPECT_EQ(run(cache->load_info(executor(), kUrl)), nullptr);
  EXPECT_FALSE(store->contains({kUrl, storage::kMetaSlice}));
}

TEST_F(CacheStorage, WhatTheOriginForbidsToKeepIsNotKept) {
  ObjectInfo info = info_of(kSliceSize);
  info.ephemeral = true;
  const auto object = std::make_shared<Object>(info);
  cache->store_slice(object, fill(object, 0, std::byte{1}));
  cache->store_info(kUrl, object);
  store->drain();
  EXPECT_FALSE(store->contains(object->key(0)));
  EXPECT_FALSE(store->contains({kUrl, storage::kMetaSlice}));
  EXPECT_NE(object->filling(0), nullptr);  // readers that came with it still find it
}

class CacheWithoutDrives : public CacheTest {
 protected:
  CacheWithoutDrives() : CacheTest(0) {}
};

TEST_F(CacheWithoutDrives, SlicesStayInMemoryUntilThereAreTooMany) {
  const auto object = std::make_shared<Object>(info_of(6 * kSliceSize));
  // A quarter of 16 MiB: four slices.
  for (std::uint32_t n = 0; n < 6; ++n) cache->store_slice(object, fill(object, n, std::byte{1}));
  store->drain();
  EXPECT_EQ(object->filling(0), nullptr);
  EXPECT_EQ(object->filling(1), nullptr);
  for (std::uint32_t n = 2; n < 6; ++n) EXPECT_NE(object->filling(n), nullptr) << n;
  EXPECT_EQ(cache->memory().used(), 4 * kSliceSize);
}

}  // namespace
}  // namespace larder::cache
