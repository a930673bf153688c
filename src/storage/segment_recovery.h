// What is left of a segment file after a restart, and what becomes of the rest.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/log.h"
#include "storage/disk.h"
#include "storage/segment.h"
#include "storage/segment_format.h"

namespace larder::storage {

struct RecoveredSegment {
  enum class State {
    kUsable,      // sealed, with at least one slice
    kUnreadable,  // nobody can say what is in it: left alone, to be evicted in its turn
    kForeign,     // not ours: left alone
    kGone,        // held nothing usable, removed
  };
  State state = State::kGone;
  std::shared_ptr<Segment> segment;  // kUsable
  std::vector<TableEntry> entries;   // kUsable
  std::uint64_t size = 0;            // kUsable, kUnreadable
};

/// Opens the segment file at `path`, logs any damage with its reason, cuts off what is unusable, and seals what a
/// crash left open. Nothing that can be wrong with a file is fatal.
RecoveredSegment recover_segment(Disk& disk, Log& log, const std::string& path, unsigned drive,
                                 const SegmentIdentity& identity);

}  // namespace larder::storage
