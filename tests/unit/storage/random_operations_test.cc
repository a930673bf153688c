// Long runs of everything at once: nothing wrong is ever read, whatever the disk does.
#include <algorithm>
#include <atomic>
#include <random>
#include <thread>

#include "store_test.h"
#include "support/seed.h"

namespace larder::storage {
namespace {

constexpr std::uint32_t kKeys = 150;

std::size_t length_of(std::uint32_t number) { return (number * 7919) % 200'000 + number % 3; }

class RandomOperations : public StoreTest {};

TEST_F(RandomOperations, OnAFaultyDiskNothingWrongIsRead) {
  SCOPED_TRACE(support::seed_trace());
  std::mt19937 random(support::test_seed());
  make_drives(2, support::test_seed());
  FaultyDisk faulty(system_disk, support::test_seed());
  std::vector<std::uint64_t> versions(kKeys, 0);  // how many were put; any of them may be what is stored
  const auto reopen = [&] {
    store.reset();
    faulty.heal();
    auto opened = SliceStore::open(options(2), faulty, clock, *log);
    ASSERT_TRUE(opened) << opened.error().text;
    store = *std::move(opened);
    FaultyDisk::Odds odds;
    odds.torn_write = odds.flipped_bit = odds.no_space = 0.02;
    odds.write_error = odds.read_error = 0.001;
    faulty.set_odds(odds);
  };
  reopen();

  int good_reads = 0;
  for (int step = 0; step < 2500; ++step) {
    const std::uint32_t number = random() % kKeys;
    const SliceKey key = key_of(1, number);
    const unsigned draw = random() % 100;
    if (draw < 40) {
      put(key, length_of(number), ++versions[number]);
    } else if (draw < 96) {
      static_cast<void>(store->find(key));
      const auto bytes = store->read(key);
      if (!bytes) continue;
      ++good_reads;
      bool known = false;
      for (std::uint64_t version = versions[number]; version > 0 && !known; --version) {
        known = *bytes == bytes_of(key, length_of(number), version);
      }
      ASSERT_TRUE(known) << "slice " << number << " at step " << step;
    } else if (draw < 99) {
      store->erase(key);
    } else {
      reopen();
    }
  }
  EXPECT_GT(good_reads, 300);
  store.reset();  // before its disk
}

// For the thread sanitizer: readers, writers, erasers and evictions side by side.
TEST_F(RandomOperations, ReadersNeverMeetAnotherSlicesBytes) {
  SCOPED_TRACE(support::seed_trace());
  constexpr std::uint64_t kReads = 1000;  // at least, however long the writers kept the readers from running
  constexpr int kMostSteps = 10'000'000;  // so that a store that finds nothing any more fails here
  make_drives(2);
  open(2);
  std::atomic<std::uint64_t> reads = 0;
  std::atomic<bool> wrong = false;
  std::atomic<int> writers = 2;
  const auto read_some = [&](unsigned seed) {
    std::mt19937 random(seed);
    for (int step = 0; writers > 0 || (reads <= kReads && !wrong && step < kMostSteps); ++step) {
      const std::uint32_t number = random() % kKeys;
      const SliceKey key = key_of(1, number);
      const auto slice = store->find(key);
      if (!slice) continue;
      const std::size_t length = std::min<std::size_t>(length_of(number), 4096);
      const Bytes expected = bytes_of(key, length);
      if (bytes_at(*slice, length) != expected) wrong = true;
      ++reads;
      if (step % 50 == 0 && !store->load(key) && store->status()[0].state != "ok") wrong = true;
      if (step % 97 == 0) store->erase(key);
    }
  };
  const auto write_some = [&](unsigned seed) {
    std::mt19937 random(seed);
    for (int step = 0; step < 800; ++step) {
      const std::uint32_t number = random() % kKeys;
      const auto bytes = std::make_shared<Bytes>(bytes_of(key_of(1, number), length_of(number)));
      store->put(key_of(1, number), *bytes, bytes, {});
      if (step % 100 == 0) store->drain();
    }
    --writers;
  };

  std::vector<std::thread> threads;
  for (unsigned i = 0; i < 2; ++i) threads.emplace_back(read_some, support::test_seed() + i);
  for (unsigned i = 0; i < 2; ++i) threads.emplace_back(write_some, support::test_seed() + i);
  for (std::thread& thread : threads) thread.join();
  store->drain();

  EXPECT_FALSE(wrong);
  EXPECT_GT(reads, kReads);
  EXPECT_GT(status(0).evicted_segments + status(1).evicted_segments, 0u);
}

}  // namespace
}  // namespace larder::storage
