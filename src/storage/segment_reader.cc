#include "storage/segment_reader.h"

#include <algorithm>
#include <array>
#include <optional>

#include "storage/crc32c.h"

namespace larder::storage {
namespace {

constexpr std::size_t kFirstRead = kPageSize;   // a description, or a first look at a slice
constexpr std::size_t kChunkSize = 128 * kKiB;  // stays in the processor's cache between reading and checksum

using FooterAtEnd = std::optional<SegmentFooter>;

Result<FooterAtEnd> read_footer(Disk& disk, int descriptor, std::uint64_t size) {
  if (size < 2 * kBlockSize) return FooterAtEnd();
  Block block{};
  TRY(const std::size_t count, disk.read_at(descriptor, block, size - kBlockSize));
  if (count < block.size()) return FooterAtEnd();
  auto footer = parse_footer(block);
  if (!footer) {
    if (footer.error().code == Errc::kRefused) return std::unexpected(footer.error());
    return FooterAtEnd();
  }
  const bool fits = footer->table_offset >= kBlockSize && footer->table_offset < size &&
                    footer->table_offset + tail_size(footer->entry_count) == size;
  return fits ? FooterAtEnd(*footer) : FooterAtEnd();
}

Result<std::vector<TableEntry>> read_table(Disk& disk, int descriptor, const SegmentFooter& footer) {
  std::vector<std::byte> bytes(footer.entry_count * kTableEntrySize);
  TRY(const std::size_t count, disk.read_at(descriptor, bytes, footer.table_offset));
  return parse_table(std::span(bytes).first(count), footer);
}

// The record that follows one that ends at `end`: its header is there or, for long payloads, just before a page.
std::optional<TableEntry> next_record(std::span<const std::byte> bytes, std::uint64_t end, std::uint64_t file_size,
                                      const SegmentIdentity& identity) {
  for (const std::uint64_t length : {std::uint64_t{0}, kPageAlignedFrom}) {
    const std::uint64_t offset = payload_offset_after(end, length);
    const std::uint64_t skipped = offset - kBlockSize - end;
    if (skipped + kBlockSize > bytes.size()) continue;
    const auto header = parse_record_header(bytes.subspan(skipped, kBlockSize));
    if (!header || header->identity != identity || payload_offset_after(end, header->length) != offset) continue;
    if (record_end(offset, header->length) > std::min(file_size, kMaxSegmentSize)) continue;
    return TableEntry{header->key, static_cast<std::uint32_t>(offset), header->length, header->payload_crc};
  }
  return std::nullopt;
}

Result<std::uint64_t> walk_records(Disk& disk, int descriptor, std::uint64_t size, const SegmentIdentity& identity,
                                   std::vector<TableEntry>& entries) {
  std::array<std::byte, kPageSize + kBlockSize> window{};
  std::uint64_t end = kBlockSize;
  for (;;) {
    TRY(const std::size_t count, disk.read_at(descriptor, window, end));
    const auto entry = next_record(std::span(window).first(count), end, size, identity);
    if (!entry) return end;
    entries.push_back(*entry);
    end = record_end(entry->offset, entry->length);
  }
}

}  // namespace

Result<SegmentContents> read_segment(Disk& disk, int descriptor, const SegmentIdentity& expected) {
  TRY(const std::uint64_t size, disk.size(descriptor));
  if (size == 0) return fail(Errc::kCorrupt, "it is empty");

  Block block{};
  TRY(const std::size_t count, disk.read_at(descriptor, block, 0));
  const auto header = parse_header(std::span(block).first(count));
  if (!header && header.error().code == Errc::kRefused) return std::unexpected(header.error());
  if (header && *header != expected) return fail(Errc::kRefused, "it belongs to another drive or was renamed");

  SegmentContents contents;
  if (!header) contents.damage = header.error().text;
  TRY(const FooterAtEnd footer, read_footer(disk, descriptor, size));
  if (footer && footer->identity == expected) {
    auto entries = read_table(disk, descriptor, *footer);
    if (entries) {
      contents.entries = *std::move(entries);
      contents.sealed = true;
      contents.records_end = footer->table_offset;
      return contents;
    }
    if (entries.error().code != Errc::kCorrupt) return std::unexpected(entries.error());
    contents.damage = entries.error().text;
  } else if (footer && !header) {
    return fail(Errc::kRefused, "it belongs to another drive or was renamed");
  }

  TRY(contents.records_end, walk_records(disk, descriptor, size, expected, contents.entries));
  if (!header && contents.entries.empty()) return fail(Errc::kCorrupt, "{}", header.error().text);
  contents.lost_bytes = size - contents.records_end;
  if (footer && footer->entry_count > contents.entries.size()) {
    contents.lost_slices = footer->entry_count - contents.entries.size();
  }
  return contents;
}

Result<SegmentContents> read_segment_alone(Disk& disk, int descriptor, const SegmentIdentity& expected) {
  TRY(const std::uint64_t size, disk.size(descriptor));
  const std::uint64_t footer = size - std::min<std::uint64_t>(size, kBlockSize);
  const bool begin_was_cached = disk.resident(descriptor, 0, kBlockSize);
  const bool end_was_cached = disk.resident(descriptor, footer, kBlockSize);
  auto contents = read_segment(disk, descriptor, expected);
  if (!contents || !contents->sealed) {
    disk.drop_cached(descriptor, 0, size);  // it may have walked through all of it
    return contents;
  }
  const std::uint64_t table = std::min(contents->records_end, footer);
  if (!begin_was_cached) disk.drop_cached(descriptor, 0, kBlockSize);
  if (!end_was_cached) disk.drop_cached(descriptor, table, size - table);
  return contents;
}

Result<RecordHeader> read_record(Disk& disk, const Segment& segment, std::uint64_t offset, const SliceKey& key,
                                 std::vector<std::byte>* into) {
  std::array<std::byte, kFirstRead> first{};
  TRY(const std::size_t count, disk.read_at(segment.descriptor(), first, offset - kBlockSize));
  TRY(const RecordHeader header, parse_record_header(std::span(first).first(count)));
  if (header.identity != segment.identity() || header.key != key) {
    return fail(Errc::kCorrupt, "the record at {} is of another slice", offset);
  }
  if (into != nullptr) into->reserve(into->size() + header.length);
  std::uint32_t crc = 0;
  const auto take = [&](std::span<const std::byte> bytes) {
    if (into != nullptr) into->insert(into->end(), bytes.begin(), bytes.end());
    crc = crc32c(bytes, crc);
  };

  std::uint64_t done = std::min<std::uint64_t>(header.length, count - kBlockSize);
  take(std::span(first).subspan(kBlockSize, done));
  if (done < header.length) disk.read_ahead(segment.descriptor(), offset + done, header.length - done);
  thread_local std::vector<std::byte> chunk(kChunkSize);
  while (done < header.length) {
    const auto wanted = std::span(chunk).first(std::min<std::uint64_t>(kChunkSize, header.length - done));
    TRY(const std::size_t got, disk.read_at(segment.descriptor(), wanted, offset + done));
    if (got == 0) return fail(Errc::kCorrupt, "the file ends inside the record at {}", offset);
    take(wanted.first(got));
    done += got;
  }
  if (crc != header.payload_crc) return fail(Errc::kCorrupt, "the checksum of the record at {} is wrong", offset);
  return header;
}

Result<RecordHeader> check_record(std::span<const std::byte> bytes, const SegmentIdentity& segment,
                                  const SliceKey& key) {
  TRY(const RecordHeader header, parse_record_header(bytes));
  if (header.identity != segment || header.key != key) return fail(Errc::kCorrupt, "the record is of another slice");
  const auto payload = bytes.subspan(kBlockSize);
  if (payload.size() < header.length) return fail(Errc::kCorrupt, "the file ends inside the record");
  if (crc32c(payload.first(header.length)) != header.payload_crc) {
    return fail(Errc::kCorrupt, "the checksum of the record is wrong");
  }
  return header;
}

}  // namespace larder::storage
