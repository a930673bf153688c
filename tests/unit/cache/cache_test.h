// CacheTest: a cache over a store in a temporary folder, on the test's own event loop.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "cache/cache.h"
#include "storage/system_disk.h"
#include "support/manual_clock.h"
#include "support/task_fixture.h"
#include "support/temp_dir.h"

namespace larder::cache {

inline ObjectInfo info_of(std::uint64_t total, std::string etag = "\"v1\"") {
  ObjectInfo info;
  info.url = "http://dl.example.com/a";
  info.id = {total * 0x9E3779B97F4A7C15 + std::hash<std::string>()(etag), total ^ 0xC2B2AE3D27D4EB4F};
  info.total = total;
  info.etag = std::move(etag);
  return info;
}

class CacheTest : public support::TaskFixture {
 public:
  ~CacheTest() override { store->drain(); }

 protected:
  explicit CacheTest(int drives = 1) {
    Log::Options log_options;
    log_options.target = folder / "log";
    log = *Log::open(log_options);
    storage::SliceStore::Options options;
    for (int i = 0; i < drives; ++i) options.drives.push_back({folder / ("drive" + std::to_string(i)), 64 * kMiB});
    store = *storage::SliceStore::open(options, disk, clock, *log);
    Cache::Options cache_options;
    cache_options.fill_memory = 16 * kMiB;
    cache = std::make_unique<Cache>(cache_options, *store, pool, clock, *log);
  }

  /// Claims one slice of `object`, as a fill would, and fills all of it with `byte`.
  std::shared_ptr<FillingSlice> fill(const std::shared_ptr<Object>& object, std::uint32_t number, std::byte byte) {
    const auto interest = std::make_shared<FillInterest>();
    EXPECT_EQ(object->claim(number, 1, *store, interest), 1u);
    auto slice = object->take(number, *store, interest);
    slice->set_buffer(*cache->memory().try_take(slice->length()));
    std::fill_n(slice->space().data(), slice->length(), byte);
    slice->advance(slice->length());
    return slice;
  }

  support::TempDir folder;
  support::ManualClock clock;
  storage::SystemDisk disk;
  std::unique_ptr<Log> log;
  BlockingPool pool{"test", 2, 100};
  std::unique_ptr<storage::SliceStore> store;
  std::unique_ptr<Cache> cache;
};

}  // namespace larder::cache
