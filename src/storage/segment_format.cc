#include "storage/segment_format.h"

#include <algorithm>

#include "storage/crc32c.h"
#include "storage/little_endian.h"

namespace larder::storage {
namespace {

// Each reads as its text in a hex dump.
constexpr std::uint64_t kHeaderMagic = 0x3147'4553'4452'414C;  // "LARDSEG1"
constexpr std::uint64_t kFooterMagic = 0x3144'4E45'4452'414C;  // "LARDEND1"
constexpr std::uint32_t kRecordMagic = 0x4345'524C;            // "LREC"
constexpr std::uint32_t kVersion = 1;

constexpr std::size_t kChecksummed = kBlockSize - 4;

void finish(Block& block) {
  LittleEndianWriter(std::span(block).subspan(kChecksummed)).put(crc32c(std::span(block).first(kChecksummed)));
}

bool intact(std::span<const std::byte> block) {
  return block.size() >= kBlockSize &&
         LittleEndianReader(block.subspan(kChecksummed)).take<std::uint32_t>() == crc32c(block.first(kChecksummed));
}

void put_identity(LittleEndianWriter& out, const SegmentIdentity& identity) {
  out.put(identity.drive).put(identity.segment);
}

SegmentIdentity take_identity(LittleEndianReader& in) {
  SegmentIdentity identity;
  std::ranges::copy(in.take_bytes(identity.drive.size()), identity.drive.begin());
  identity.segment = in.take<std::uint64_t>();
  return identity;
}

void put_key(LittleEndianWriter& out, const SliceKey& key) {
  out.put(key.object[0]).put(key.object[1]).put(key.number);
}

SliceKey take_key(LittleEndianReader& in) {
  SliceKey key;
  key.object[0] = in.take<std::uint64_t>();
  key.object[1] = in.take<std::uint64_t>();
  key.number = in.take<std::uint32_t>();
  return key;
}

bool lies_among_records(const TableEntry& entry, std::uint64_t table_offset) {
  return entry.offset % kRecordAlignment == 0 && entry.offset >= 2 * kBlockSize && entry.length <= kSliceSize &&
         record_end(entry.offset, entry.length) <= table_offset;
}

std::uint64_t round_up(std::uint64_t value, std::uint64_t unit) { return (value + unit - 1) / unit * unit; }

}  // namespace

Block encode_header(const SegmentIdentity& identity) {
  Block block{};
  LittleEndianWriter out(block);
  out.put(kHeaderMagic).put(kVersion).zeros(4);
  put_identity(out, identity);
  finish(block);
  return block;
}

Result<SegmentIdentity> parse_header(std::span<const std::byte> block) {
  if (!intact(block)) return fail(Errc::kCorrupt, "its header is damaged");
  LittleEndianReader in(block);
  if (in.take<std::uint64_t>() != kHeaderMagic) return fail(Errc::kCorrupt, "it has no segment header");
  const auto version = in.take<std::uint32_t>();
  if (version != kVersion) return fail(Errc::kRefused, "its format version is {}, not {}", version, kVersion);
  in.take_bytes(4);
  return take_identity(in);
}

Block encode_record_header(const RecordHeader& header) {
  Block block{};
  LittleEndianWriter out(block);
  out.put(kRecordMagic).put(header.length);
  put_identity(out, header.identity);
  put_key(out, header.key);
  out.put(header.payload_crc);
  finish(block);
  return block;
}

Result<RecordHeader> parse_record_header(std::span<const std::byte> block) {
  if (!intact(block)) return fail(Errc::kCorrupt, "a record's header is damaged");
  LittleEndianReader in(block);
  if (in.take<std::uint32_t>() != kRecordMagic) return fail(Errc::kCorrupt, "it is no record's header");
  RecordHeader header;
  header.length = in.take<std::uint32_t>();
  header.identity = take_identity(in);
  header.key = take_key(in);
  header.payload_crc = in.take<std::uint32_t>();
  if (header.length > kSliceSize) return fail(Errc::kCorrupt, "a record claims {} bytes", header.length);
  return header;
}

std::vector<std::byte> encode_table(std::span<const TableEntry> entries) {
  std::vector<std::byte> bytes(entries.size() * kTableEntrySize);
  LittleEndianWriter out(bytes);
  for (const TableEntry& entry : entries) {
    put_key(out, entry.key);
    out.put(entry.offset).put(entry.length).put(entry.payload_crc);
  }
  return bytes;
}

Block encode_footer(const SegmentFooter& footer) {
  Block block{};
  LittleEndianWriter out(block);
  out.put(kFooterMagic).put(kVersion).put(footer.entry_count);
  put_identity(out, footer.identity);
  out.put(footer.table_offset).put(footer.table_crc);
  finish(block);
  return block;
}

Result<SegmentFooter> parse_footer(std::span<const std::byte> block) {
  if (!intact(block)) return fail(Errc::kCorrupt, "its footer is missing or damaged");
  LittleEndianReader in(block);
  if (in.take<std::uint64_t>() != kFooterMagic) return fail(Errc::kCorrupt, "it has no footer");
  const auto version = in.take<std::uint32_t>();
  if (version != kVersion) return fail(Errc::kRefused, "its format version is {}, not {}", version, kVersion);
  SegmentFooter footer;
  footer.entry_count = in.take<std::uint32_t>();
  footer.identity = take_identity(in);
  footer.table_offset = in.take<std::uint64_t>();
  footer.table_crc = in.take<std::uint32_t>();
  return footer;
}

Result<std::vector<TableEntry>> parse_table(std::span<const std::byte> bytes, const SegmentFooter& footer) {
  if (bytes.size() != std::uint64_t{footer.entry_count} * kTableEntrySize || crc32c(bytes) != footer.table_crc) {
    return fail(Errc::kCorrupt, "its table is damaged");
  }
  std::vector<TableEntry> entries(footer.entry_count);
  LittleEndianReader in(bytes);
  for (TableEntry& entry : entries) {
    entry.key = take_key(in);
    entry.offset = in.take<std::uint32_t>();
    entry.length = in.take<std::uint32_t>();
    entry.payload_crc = in.take<std::uint32_t>();
    if (!lies_among_records(entry, footer.table_offset)) return fail(Errc::kCorrupt, "its table points outside");
  }
  return entries;
}

std::uint64_t payload_offset_after(std::uint64_t end, std::uint64_t length) {
  return round_up(end + kBlockSize, length >= kPageAlignedFrom ? kPageSize : kRecordAlignment);
}

std::uint64_t record_end(std::uint64_t offset, std::uint64_t length) {
  return round_up(offset + length, kRecordAlignment);
}

std::uint64_t tail_size(std::uint64_t entry_count) { return entry_count * kTableEntrySize + kBlockSize; }

}  // namespace larder::storage
