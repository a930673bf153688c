#include "storage/segment_count.h"

#include <algorithm>

#include "core/bytes.h"
#include "core/check.h"
#include "storage/place.h"
#include "storage/segment_format.h"
#include "storage/slice_store.h"

namespace larder::storage {
namespace {

// Beside the sealed ones: the one that is written to, the one that the room is made for, and as many to spare.
constexpr std::uint64_t kBesideSealed = 4;
// Room that a segment may have left when the next slice, with its header, does not fit.
constexpr std::uint64_t kLeftOver = kSliceSize + 64 * kKiB;

}  // namespace

std::uint64_t segment_size_for(std::uint64_t drive_size, std::uint64_t wanted) {
  return std::clamp(std::min(wanted, drive_size / 16), kMinSegmentSize, kMaxSegmentSize);
}

SegmentCount count_segments(std::uint64_t drive_size, std::uint64_t segment_size) {
  constexpr std::uint64_t kSlots = Place::kMaxSlots / 2;
  const std::uint64_t full = drive_size / (segment_size - kLeftOver) + kBesideSealed;
  const std::uint64_t most = 2 * (drive_size / segment_size) + 64;
  return {std::min(full, kSlots), std::min(std::max(full, most), kSlots)};
}

std::vector<std::size_t> share_segments(std::span<const SegmentCount> drives, std::size_t descriptors) {
  std::size_t full = 0;
  std::size_t most = 0;
  for (const SegmentCount& drive : drives) {
    full += drive.full;
    most += drive.most;
  }
  CHECK(full <= descriptors, "drives that cannot have all their segments are not opened");
  const std::size_t spare = std::min(descriptors, most) - full;
  std::vector<std::size_t> shares;
  for (const SegmentCount& drive : drives) {
    const std::size_t part = most == full ? 0 : spare * (drive.most - drive.full) / (most - full);
    shares.push_back(drive.full + part);
  }
  return shares;
}

}  // namespace larder::storage
