// A drive that is filled to its limit many times over keeps to its size, and what is found on it is right.
#include <poll.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "node_test.h"

namespace larder::integration {
namespace {

constexpr std::uint64_t kDriveSize = 128 * kMiB;
constexpr std::uint64_t kSegmentSize = 8 * kMiB;
const std::uint64_t kSize = kGiB * kShare / 100 / kSlice * kSlice;
constexpr std::uint64_t kSeed = 74;
constexpr std::uint64_t kHotSeed = 75;
const std::string kPath = "/f/1GiB.bin";
const std::string kHotPath = "/f/hot.bin";

std::uint64_t size_of_files(const std::string& folder) {
  std::uint64_t sum = 0;
  std::error_code gone;  // files come and go while we look
  for (auto it = std::filesystem::recursive_directory_iterator(folder, gone);
       !gone && it != std::filesystem::recursive_directory_iterator(); it.increment(gone)) {
    std::error_code not_there;
    const auto size = std::filesystem::file_size(it->path(), not_there);
    if (!not_there) sum += size;
  }
  return sum;
}

// Looks at the drive's folder over and over and remembers the largest it ever was.
class SizeWatch {
 public:
  explicit SizeWatch(std::string folder)
      : thread_([this, folder = std::move(folder)](std::stop_token stop) {
          while (!stop.stop_requested()) {
            largest_ = std::max(largest_.load(), size_of_files(folder));
            ::poll(nullptr, 0, 1);  // leaves the core to the node for a moment
          }
        }) {}
  std::uint64_t largest() const { return largest_; }

 private:
  std::atomic<std::uint64_t> largest_ = 0;
  std::jthread thread_;
};

class SmallDrive : public NodeTest {
 protected:
  SmallDrive() {
    origin_.put(kPath, {.seed = kSeed, .size = kSize});
    origin_.put(kHotPath, {.seed = kHotSeed, .size = kSlice});
    node_.config().drives = {{"drive", "128MiB"}};
    node_.config().segment_size = "8MiB";
    allow_refetch(Auditor::kNoLimit);  // what was evicted
    node_.start();
  }
};

TEST_F(SmallDrive, KeepsToItsSizeAndServesRightBytes) {
  constexpr std::uint64_t kStep = 4 * kSlice;
  HttpClient client = connect();
  const SizeWatch watch(node_.drive_path());
  for (std::uint64_t at = 0; at + kStep <= kSize && !HasFailure(); at += kStep) {
    expect_range(client, kPath, kSeed, at, at + kStep);
    expect_range(client, kHotPath, kHotSeed, 10, kSlice - 10);
    // What came a moment ago, and what has long been evicted.
    const std::uint64_t recent = at - std::min(at, 16 * kSlice);
    expect_range(client, kPath, kSeed, recent, recent + 1000);
    expect_range(client, kPath, kSeed, at / 2, at / 2 + 1000);
  }
  // A look that is held up meets a segment that was removed since, and all that the last one has grown by.
  EXPECT_LE(watch.largest(), kDriveSize + 2 * kSegmentSize);
  const std::uint64_t declined = declined_bytes();
  EXPECT_EQ(node_.stop(), 0);
  // Only now is everything written: until here the drive may lag behind by as much as there is memory for fills.
  const std::uint64_t size = size_of_files(node_.drive_path());
  EXPECT_GE(size + declined, kDriveSize / 2);
  EXPECT_LE(size, kDriveSize + kSegmentSize);
}

TEST_F(SmallDrive, WhatIsAskedForAgainOutlivesWhatIsNot) {
  HttpClient client = connect();
  for (std::uint64_t at = 0; at + kSlice <= kSize && !HasFailure(); at += kSlice) {
    expect_range(client, kPath, kSeed, at, at + kSlice);
    expect_range(client, kHotPath, kHotSeed, 0, kSlice);
  }
  EXPECT_LE(origin_.requests(kHotPath).size(), 2 + declined_bytes() / kSlice)
      << "the hot slice was evicted and fetched again";
}

TEST_F(SmallDrive, RestartsWithASmallerSize) {
  HttpClient before = connect();
  expect_range(before, kPath, kSeed, 0, std::min(kSize, kDriveSize));
  EXPECT_EQ(node_.stop(), 0);
  node_.config().drives = {{"drive", "64MiB"}};
  node_.start();
  HttpClient after = connect();
  expect_range(after, kPath, kSeed, 0, std::min(kSize, kDriveSize));
  EXPECT_EQ(node_.stop(), 0);
  EXPECT_LE(size_of_files(node_.drive_path()), kDriveSize / 2 + kSegmentSize);
}

}  // namespace
}  // namespace larder::integration
