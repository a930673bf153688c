// How many segments drives have: each takes a descriptor for as long as the node runs.
//
// Threads    pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace larder::storage {

/// `wanted`, but smaller on drives too small for sixteen of them.
std::uint64_t segment_size_for(std::uint64_t drive_size, std::uint64_t wanted);

/// What one drive's segments are to be.
struct SegmentPlan {
  std::uint64_t size = 0;  // bytes of each
  std::size_t most = 0;    // so many of them
};

struct SegmentCount {
  std::size_t full = 0;  // what the drive needs to be filled up to its size
  std::size_t most = 0;  // what it may have, as every restart leaves one that is not full

  friend bool operator==(const SegmentCount&, const SegmentCount&) = default;
};
/// Of a drive of `drive_size`, whose segments have `segment_size`.
SegmentCount count_segments(std::uint64_t drive_size, std::uint64_t segment_size);

/// How many of `descriptors` each drive may have segments, from its `full` to its `most`.
/// REQUIRES: they are enough for all to be full.
std::vector<std::size_t> share_segments(std::span<const SegmentCount> drives, std::size_t descriptors);

}  // namespace larder::storage
