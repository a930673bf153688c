// kill -9 in the middle of fills: what is served afterwards is right, and only what was in flight is fetched again.
#include <atomic>
#include <mutex>
#include <random>
#include <thread>

#include "node_test.h"
#include "support/seed.h"

namespace larder::integration {
namespace {

const int kRounds = std::max(4, static_cast<int>(20 * kShare / 100));
constexpr int kClients = 8;
constexpr std::uint64_t kSize = kGiB;
constexpr std::uint64_t kSeed = 63;
constexpr std::uint64_t kWriteQueueSlices = 64;  // what may wait for a drive, in slices
const std::string kPath = "/e/1GiB.bin";

class Crash : public NodeTest {
 protected:
  // A slow enough origin that fills, and not clients, are what is going on when the node dies.
  Crash() : NodeTest({.bytes_per_second = 200'000'000}) {
    origin_.put(kPath, {.seed = kSeed, .size = kSize});
    allow_refetch(Auditor::kNoLimit);  // what was in flight at each kill; how much that may be is looked at below
  }

  /// Fetches slices at random, until the node is killed.
  void load(HttpClient client, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    for (;;) {
      const std::uint64_t slice = random() % (kSize / kSlice);
      const HttpResponse response = client.fetch_checked(target(kPath), kSeed, slice * kSlice, (slice + 1) * kSlice);
      EXPECT_EQ(response.first_wrong, std::nullopt);
      if (!response.complete) return;
      const std::lock_guard lock(mutex_);
      received_.insert(slice);
    }
  }

  double slices_on_drive() const { return sum_of(node_.metrics(), "larder_drive_slices"); }

  /// Runs clients until the origin has sent `bytes` more, then kills the node. How many slices it had written.
  double load_and_kill(int round, std::uint64_t bytes) {
    const std::uint64_t until = origin_.body_bytes_sent() + bytes;
    std::vector<std::jthread> clients;
    for (int i = 0; i < kClients; ++i) {
      const auto number = static_cast<std::uint64_t>(round) * kClients + static_cast<std::uint64_t>(i);
      clients.emplace_back(&Crash::load, this, connect(), test_seed() + number);
    }
    EXPECT_TRUE(eventually([&] { return origin_.body_bytes_sent() >= until; }));
    const double written = slices_on_drive();
    declined_ += declined_bytes() / kSlice;
    node_.kill();
    return written;
  }

  /// Reads `slices` back; how many of them the node had to fetch again.
  std::size_t count_lost(const std::set<std::uint64_t>& slices) {
    origin_.forget_requests();
    HttpClient client = connect();
    for (const std::uint64_t slice : slices) {
      expect_range(client, kPath, kSeed, slice * kSlice, (slice + 1) * kSlice);
    }
    const auto fetched = slices_of(origin_.requests(kPath));
    return static_cast<std::size_t>(
        std::ranges::count_if(slices, [&](std::uint64_t slice) { return fetched.contains(slice); }));
  }

  std::mutex mutex_;
  std::set<std::uint64_t> received_;  // slices that clients have had in whole
  std::uint64_t declined_ = 0;        // and that were never on their way to the drive, of all rounds so far
};

TEST_F(Crash, OnlyWhatWasInFlightIsLost) {
  SCOPED_TRACE(seed_trace());
  std::mt19937_64 random(test_seed());
  std::set<std::uint64_t> all;
  double written = 0;
  for (int round = 0; round <= kRounds && !HasFailure(); ++round) {
    node_.start();
    EXPECT_GE(slices_on_drive(), written) << "before round " << round << ": slices that had been written are gone";
    EXPECT_LE(count_lost(received_), kWriteQueueSlices + declined_) << "before round " << round;
    all.merge(received_);
    received_.clear();
    if (round < kRounds) written = load_and_kill(round, 8 * kMiB + random() % (24 * kMiB));
  }
  EXPECT_LE(count_lost(all), kWriteQueueSlices + declined_);
  EXPECT_EQ(node_.stop(), 0);
}

}  // namespace
}  // namespace larder::integration
