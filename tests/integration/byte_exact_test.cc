// Whatever is asked for, in whatever order and by however many at once: the bytes are the origin's.
#include <atomic>
#include <random>
#include <thread>

#include "node_test.h"
#include "support/seed.h"

namespace larder::integration {
namespace {

constexpr std::uint64_t kSize = 4 * kGiB;
constexpr std::uint64_t kSeed = 41;
constexpr int kClients = 64;
const std::string kPath = "/c/msdownload/4GiB.bin";

// Ranges as hostile as they are random: mostly small, all alignments, across slice boundaries, some large. They begin
// in a sample of the object's slices, so that what the cold pass fetches stays below what a test may take in time.
std::vector<OriginRange> random_ranges(std::size_t count, std::size_t touched_slices) {
  std::mt19937_64 random(test_seed());
  std::vector<std::uint64_t> slices;
  for (std::size_t i = 0; i < touched_slices; ++i) slices.push_back(random() % (kSize / kSlice));

  std::vector<OriginRange> ranges = {
      {0, 1},
      {kSize - 1, kSize},
      {kSize - kSlice, kSize},
      {kSlice - 1, kSlice + 1},
      {0, 3 * kSlice},
      {kSlice, 2 * kSlice},
      {4095, 4097},
      {kSize / 2 - 5, kSize / 2 + 9 * kSlice},
  };
  while (ranges.size() < count) {
    const std::uint64_t begin = slices[random() % slices.size()] * kSlice + random() % kSlice;
    std::uint64_t size = 1 + random() % (256 * kKiB);
    if (random() % 8 == 0) size = 1 + random() % 16;
    if (random() % 16 == 0) size = kSlice;
    if (random() % 1000 == 0) size = 1 + random() % (16 * kMiB);
    ranges.push_back({begin, std::min(kSize, begin + size)});
  }
  return ranges;
}

class ByteExact : public NodeTest {
 protected:
  ByteExact() {
    origin_.put(kPath, {.seed = kSeed, .size = kSize});
    node_.config().drives = {{"drive", "6GiB"}};
    node_.config().segment_size = "64MiB";
    node_.start();
  }

  void fetch_all(const std::vector<OriginRange>& ranges) {
    std::atomic<std::size_t> next = 0;
    std::vector<std::jthread> clients;
    for (int i = 0; i < kClients; ++i) {
      clients.emplace_back([&] {
        HttpClient client = connect();
        for (std::size_t n; (n = next++) < ranges.size() && !HasFailure();) {
          expect_range(client, kPath, kSeed, ranges[n].begin, ranges[n].end);
        }
      });
    }
  }
};

TEST_F(ByteExact, RandomRangesFromManyClientsColdAndWarm) {
  SCOPED_TRACE(seed_trace());
  const auto ranges = random_ranges(10'000 * kShare / 100, 1536 * kShare / 100);

  fetch_all(ranges);
  const std::uint64_t cold_bytes = origin_.body_bytes_sent();
  fetch_all(ranges);

  const std::uint64_t warm_bytes = origin_.body_bytes_sent() - cold_bytes;
  EXPECT_LE(warm_bytes, cold_bytes / 50 + declined_bytes()) << "the second pass should have come from the drive";
  allow_refetch(cold_bytes / 50);
}

}  // namespace
}  // namespace larder::integration
