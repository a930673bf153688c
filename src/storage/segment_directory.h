// SegmentDirectory: which segment a place in the index means.
//
// Read and written without a lock of its own: at() only under the lock of an index shard that holds an entry with that
// place, release() only after every entry of the segment was erased, which takes the same locks. So an entry never
// resolves to another segment, and a reader has either the old segment or no entry.
//
// Owns       a share in every segment that is not evicted.
// Threads    open_drive(), take() and release() by the drive's own thread.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "storage/place.h"
#include "storage/segment.h"

namespace larder::storage {

class SegmentDirectory {
 public:
  /// REQUIRES: before the drive's first segment; `slots` at most Place::kMaxSlots.
  void open_drive(unsigned drive, std::uint32_t slots);

  /// The slot that the segment has from now on. REQUIRES: one is free.
  std::uint32_t take(std::shared_ptr<const Segment> segment);
  /// REQUIRES: no index entry names the slot.
  void release(unsigned drive, std::uint32_t slot);

  const std::shared_ptr<const Segment>& at(Place place) const { return drives_[place.drive()].slots[place.slot()]; }

 private:
  struct OfDrive {
    std::vector<std::shared_ptr<const Segment>> slots;
    std::vector<std::uint32_t> free;
  };
  std::array<OfDrive, Place::kMaxDrives> drives_;
};

}  // namespace larder::storage
