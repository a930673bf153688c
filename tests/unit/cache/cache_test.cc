#include "cache_test.h"

#include <gtest/gtest.h>

#include <future>

namespace larder::cache {
namespace {

using storage::kSliceSize;

constexpr origin::UrlKey kUrl{{11, 12}};
constexpr std::size_t kPurgeBytes = 20;  // of a description: its two numbers of purges, and no rule
constexpr storage::SliceKey kDescription{{11, 12}, storage::kMetaSlice};

class CacheStorage : public CacheTest {};

TEST_F(CacheStorage, AStoredSliceLeavesMemoryAndIsFoundOnDisk) {
  const auto object = std::make_shared<Object>(info_of(kSliceSize), clock.moment());
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
  info.fresh_until = clock.wall() + std::chrono::hours(5);
  info.born = clock.wall() - std::chrono::minutes(3);
  info.checked = clock.wall() - std::chrono::minutes(2);
  info.rule = "images";
  info.made_after = 7;
  info.confirmed_after = 1'764'225'600'123;
  const auto object = std::make_shared<Object>(info, clock.moment());
  object->set_ranges(false);
  cache->store_info(kUrl, object);
  store->drain();

  const auto loaded = run(cache->load_info(executor(), kUrl));
  ASSERT_NE(loaded, nullptr);
  info.ranges = false;
  EXPECT_EQ(loaded->info(clock.moment()), info);
}

TEST_F(CacheStorage, WhatWasNeverDescribedIsNotFound) { EXPECT_EQ(run(cache->load_info(executor(), kUrl)), nullptr); }

TEST_F(CacheStorage, ADescriptionThatCannotBeReadIsDropped) {
  const auto bytes = std::make_shared<std::vector<std::byte>>(100, std::byte{3});
  std::promise<void> stored;
  store->put(kDescription, *bytes, bytes, [&](bool) { stored.set_value(); });
  stored.get_future().wait();
  EXPECT_EQ(run(cache->load_info(executor(), kUrl)), nullptr);
  EXPECT_FALSE(store->contains(kDescription));
}

TEST_F(CacheStorage, WhatWasReplacedDoesNotComeBack) {
  UrlEntry entry;
  const auto object = std::make_shared<Object>(info_of(kSliceSize), clock.moment());
  ASSERT_EQ(entry.begin(clock.now(), net::Wakeup::make(executor())).next, UrlEntry::Next::kLoad);
  entry.loaded(object);
  cache->store_info(kUrl, object);
  store->drain();
  ASSERT_NE(run(cache->load_info(executor(), kUrl)), nullptr);

  cache->forget(entry, kUrl, object, UrlEntry::Why::kChanged);
  store->drain();
  EXPECT_EQ(entry.object(), nullptr);
  EXPECT_EQ(run(cache->load_info(executor(), kUrl)), nullptr);
}

// What earlier versions stored without a strong validator may be of two versions.
TEST_F(CacheStorage, DescriptionsOfTheFormatBeforeAreReadIfTheyCanBeTrusted) {
  for (const bool has_validator : {true, false}) {
    ObjectInfo info = info_of(12345, has_validator ? "\"abc\"" : "W/\"abc\"");
    info.born = clock.wall();
    std::vector<std::byte> bytes = serialize(info);
    bytes.resize(bytes.size() - kPurgeBytes);
    bytes[0] = std::byte{2};                              // the format
    bytes.erase(bytes.begin() + 44, bytes.begin() + 52);  // which had no third time
    info.checked = info.born;
    const auto read = parse_object_info(bytes);
    EXPECT_EQ(read.has_value(), has_validator);
    if (read) {
      EXPECT_EQ(*read, info);
    }
  }
}

// What was stored before there were purges was asked for before any of them.
TEST_F(CacheStorage, DescriptionsOfFormat4KnowNoPurges) {
  ObjectInfo info = info_of(12345);
  info.born = info.checked = info.fresh_until = clock.wall();
  info.fields = {{"Content-Type", "image/gif"}};
  std::vector<std::byte> bytes = serialize(info);
  bytes.resize(bytes.size() - kPurgeBytes);
  bytes[0] = std::byte{4};
  const auto read = parse_object_info(bytes);
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, info);
  EXPECT_EQ(read->made_after, 0u);
  EXPECT_EQ(read->confirmed_after, 0u);
}

// Those did not say whether their date is strong: it follows from when the answer came.
TEST_F(CacheStorage, DescriptionsOfFormat3TellHowOldTheirDateWas) {
  for (const auto age : {std::chrono::seconds(59), std::chrono::seconds(60)}) {
    ObjectInfo info = info_of(12345, "");
    info.last_modified = "Fri, 02 Jan 2026 03:04:05 GMT";  // kStart
    info.born = info.checked = support::ManualClock::kStart + age;
    info.strong_date = true;
    std::vector<std::byte> bytes = serialize(info);
    EXPECT_EQ(parse_object_info(bytes)->strong_date, true);
    constexpr std::size_t kFlags = 52;
    bytes.resize(bytes.size() - kPurgeBytes);
    bytes[0] = std::byte{3};
    bytes[kFlags] &= ~std::byte{16};
    EXPECT_EQ(parse_object_info(bytes)->strong_date, age == std::chrono::seconds(60));
  }
}

class CacheWithoutDrives : public CacheTest {
 protected:
  CacheWithoutDrives() : CacheTest(0) {}
};

TEST_F(CacheWithoutDrives, SlicesStayInMemoryUntilThereAreTooMany) {
  const auto object = std::make_shared<Object>(info_of(6 * kSliceSize), clock.moment());
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
