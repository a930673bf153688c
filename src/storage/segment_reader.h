// Reading segment files: what one holds, and single records of it with their checksums compared.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "storage/disk.h"
#include "storage/segment.h"
#include "storage/segment_format.h"

namespace larder::storage {

/// What a segment file holds, by its table or, where there is none, by walking from record to record.
struct SegmentContents {
  std::vector<TableEntry> entries;
  bool sealed = false;            // table and footer are there and right
  std::uint64_t records_end = 0;  // not sealed: where to cut the file
  std::uint64_t lost_slices = 0;  // as far as the footer tells
  std::uint64_t lost_bytes = 0;   // behind the last record that could be found; a table's bytes count
  std::string damage;             // empty, or what was found wrong
};

/// Reads no payloads. Errors: kRefused (the file validly says that it is another drive's, another segment or
/// another format version), kCorrupt (nothing in it is usable), and those of Disk.
Result<SegmentContents> read_segment(Disk& disk, int descriptor, const SegmentIdentity& expected);

/// The same while the segment is in use. The first page and those of the table are not left in memory: slices share
/// them, whose bytes nobody has compared.
Result<SegmentContents> read_segment_alone(Disk& disk, int descriptor, const SegmentIdentity& expected);

/// Reads the record of `key` whose payload begins at `offset`, compares its key and checksum, and appends the payload
/// to `into` unless that is null. Errors: kCorrupt, and those of Disk.
Result<RecordHeader> read_record(Disk& disk, const Segment& segment, std::uint64_t offset, const SliceKey& key,
                                 std::vector<std::byte>* into);

/// The record of `key` in that segment, whose header `bytes` begin with: key and checksum are compared. Errors:
/// kCorrupt.
Result<RecordHeader> check_record(std::span<const std::byte> bytes, const SegmentIdentity& segment,
                                  const SliceKey& key);

}  // namespace larder::storage
