// Segment: an open segment file that readers may hold on to after it was evicted.
//
// Whoever holds the shared_ptr keeps the descriptor open, and with it the bytes, when the file has long lost its name.
//
// Owns       the descriptor.
// Threads    immutable after construction.
#pragma once

#include <cstdint>
#include <utility>

#include "core/descriptor.h"
#include "storage/segment_format.h"

namespace larder::storage {

class Segment {
 public:
  Segment(unsigned drive, SegmentIdentity identity, Descriptor descriptor)
      : drive_(drive), identity_(identity), descriptor_(std::move(descriptor)) {}

  unsigned drive() const { return drive_; }  // its number among the store's drives
  const SegmentIdentity& identity() const { return identity_; }
  std::uint64_t id() const { return identity_.segment; }
  int descriptor() const { return descriptor_.number(); }

 private:
  unsigned drive_;
  SegmentIdentity identity_;
  Descriptor descriptor_;
};

}  // namespace larder::storage
