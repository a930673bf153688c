#include "storage/segment_directory.h"

#include <utility>

#include "core/check.h"

namespace larder::storage {

void SegmentDirectory::open_drive(unsigned drive, std::uint32_t slots) {
  CHECK(slots <= Place::kMaxSlots, "a drive has too many segments");
  OfDrive& of = drives_[drive];
  of.slots.resize(slots);
  of.free.reserve(slots);
  for (std::uint32_t slot = slots; slot > 0; --slot) of.free.push_back(slot - 1);
}

std::uint32_t SegmentDirectory::take(std::shared_ptr<const Segment> segment) {
  OfDrive& of = drives_[segment->drive()];
  CHECK(!of.free.empty(), "a drive is out of segment slots");
  const std::uint32_t slot = of.free.back();
  of.free.pop_back();
  of.slots[slot] = std::move(segment);
  return slot;
}

void SegmentDirectory::release(unsigned drive, std::uint32_t slot) {
  OfDrive& of = drives_[drive];
  of.slots[slot].reset();
  of.free.push_back(slot);
}

}  // namespace larder::storage
