#include "storage/segment_count.h"

#include <gtest/gtest.h>

#include <numeric>

#include "core/bytes.h"

namespace larder::storage {
namespace {

TEST(SegmentCount, SegmentsOfSmallDrivesAreSmaller) {
  EXPECT_EQ(segment_size_for(1000 * kMiB, 256 * kMiB), 1000 * kMiB / 16);
  EXPECT_EQ(segment_size_for(64 * kMiB, 256 * kMiB), 4 * kMiB);
  EXPECT_EQ(segment_size_for(4000 * kGiB, 256 * kMiB), 256 * kMiB);
}

TEST(SegmentCount, CountsWhatSmallSegmentsLeaveUnused) {
  // Of 4 MiB, three slices of 1 MiB are used.
  EXPECT_GE(count_segments(64 * kMiB, 4 * kMiB).full, 64U / 3);
  EXPECT_EQ(count_segments(64 * kMiB, 4 * kMiB).most, 96U);
  EXPECT_LE(count_segments(4000 * kGiB, 256 * kMiB).full, 16'000U * 257 / 256 + 10);
  EXPECT_EQ(count_segments(std::uint64_t{1} << 60, 4 * kMiB).most, 1U << 19);
}

TEST(SegmentCount, DescriptorsAreSharedOut) {
  const std::vector<SegmentCount> drives = {{20, 96}, {100, 264}, {10, 84}};
  EXPECT_EQ(share_segments(drives, 130), (std::vector<std::size_t>{20, 100, 10}));
  EXPECT_EQ(share_segments(drives, 1'000'000), (std::vector<std::size_t>{96, 264, 84}));
  EXPECT_TRUE(share_segments({}, 0).empty());
  for (std::size_t descriptors = 130; descriptors < 500; ++descriptors) {
    const auto shares = share_segments(drives, descriptors);
    ASSERT_LE(std::accumulate(shares.begin(), shares.end(), std::size_t{0}), descriptors);
    for (std::size_t i = 0; i < drives.size(); ++i) {
      ASSERT_GE(shares[i], drives[i].full);
      ASSERT_LE(shares[i], drives[i].most);
    }
  }
}

}  // namespace
}  // namespace larder::storage
