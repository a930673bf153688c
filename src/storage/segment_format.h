// The bytes of a segment file: header, records, table, footer. docs/formats/segment.md says it byte by byte.
//
// Pure functions over bytes; segment_reader.h and segment_writer.h do the reading and writing.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/bytes.h"
#include "core/result.h"
#include "storage/slice_key.h"

namespace larder::storage {

/// Random, made with the drive.
using DriveId = std::array<std::byte, 16>;

struct SegmentIdentity {
  DriveId drive{};
  std::uint64_t segment = 0;

  friend bool operator==(const SegmentIdentity&, const SegmentIdentity&) = default;
};

inline constexpr std::size_t kBlockSize = 64;  // of the header, of a record's header, and of the footer
inline constexpr std::size_t kTableEntrySize = 32;
inline constexpr std::uint64_t kRecordAlignment = 64;
inline constexpr std::uint64_t kPageSize = 4096;
/// Payloads from this length on begin at a page: sent in 16 pages, 64 KiB fit a pipe, in 17 they do not.
inline constexpr std::uint64_t kPageAlignedFrom = 16 * kKiB;
/// A place in the index has 22 bits for the offset in units of kRecordAlignment.
inline constexpr std::uint64_t kMaxSegmentSize = 256 * kMiB;

using Block = std::array<std::byte, kBlockSize>;

struct RecordHeader {
  SegmentIdentity identity;
  SliceKey key;
  std::uint32_t length = 0;  // of the payload, at most kSliceSize
  std::uint32_t payload_crc = 0;
};

struct TableEntry {
  SliceKey key;
  std::uint32_t offset = 0;  // of the payload in the file
  std::uint32_t length = 0;
  std::uint32_t payload_crc = 0;
};

struct SegmentFooter {
  SegmentIdentity identity;
  std::uint64_t table_offset = 0;
  std::uint32_t entry_count = 0;
  std::uint32_t table_crc = 0;
};

Block encode_header(const SegmentIdentity& identity);
/// Errors: kCorrupt; kRefused for a format version of another release.
Result<SegmentIdentity> parse_header(std::span<const std::byte> block);

Block encode_record_header(const RecordHeader& header);
/// Errors: kCorrupt.
Result<RecordHeader> parse_record_header(std::span<const std::byte> block);

std::vector<std::byte> encode_table(std::span<const TableEntry> entries);
Block encode_footer(const SegmentFooter& footer);
/// Errors: kCorrupt; kRefused for a format version of another release.
Result<SegmentFooter> parse_footer(std::span<const std::byte> block);
/// Entries that all lie where records can lie. Errors: kCorrupt.
Result<std::vector<TableEntry>> parse_table(std::span<const std::byte> bytes, const SegmentFooter& footer);

/// Where the payload of the next record begins, when the records before it end at `end`.
std::uint64_t payload_offset_after(std::uint64_t end, std::uint64_t length);
/// Where a record ends whose payload begins at `offset`.
std::uint64_t record_end(std::uint64_t offset, std::uint64_t length);
/// Bytes of the table and footer over `entry_count` records.
std::uint64_t tail_size(std::uint64_t entry_count);

}  // namespace larder::storage
