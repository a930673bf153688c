#include "storage/segment_writer.h"

#include <array>
#include <utility>

#include "core/check.h"
#include "storage/crc32c.h"

namespace larder::storage {
namespace {

constexpr std::array<std::byte, kPageSize> kZeros{};

iovec part(std::span<const std::byte> bytes) { return {const_cast<std::byte*>(bytes.data()), bytes.size()}; }

}  // namespace

SegmentWriter::SegmentWriter(Disk& disk, std::shared_ptr<Segment> segment, std::uint64_t limit)
    : disk_(&disk), segment_(std::move(segment)), limit_(limit) {}

Result<SegmentWriter> SegmentWriter::create(Disk& disk, const std::string& path, unsigned drive,
                                            SegmentIdentity identity, std::uint64_t limit) {
  TRY(Descriptor descriptor, disk.open(path, Disk::Open::kCreate));
  const Block header = encode_header(identity);
  const std::array parts = {part(header)};
  if (auto written = disk.write_at(descriptor.number(), parts, 0); !written) {
    static_cast<void>(disk.remove(path));  // the write's error is the one to tell
    return std::unexpected(written.error());
  }
  return SegmentWriter(disk, std::make_shared<Segment>(drive, identity, std::move(descriptor)), limit);
}

Result<SegmentWriter> SegmentWriter::resume(Disk& disk, std::shared_ptr<Segment> segment,
                                            std::vector<TableEntry> entries, std::uint64_t end) {
  SegmentWriter writer(disk, std::move(segment), 0);
  writer.entries_ = std::move(entries);
  writer.size_ = writer.started_ = writer.finished_ = end;
  const int descriptor = writer.segment_->descriptor();
  TRY_VOID(disk.truncate(descriptor, end));
  // Its header may be what was damaged.
  const Block header = encode_header(writer.segment_->identity());
  const std::array parts = {part(header)};
  TRY_VOID(disk.write_at(descriptor, parts, 0));
  return writer;
}

std::uint64_t SegmentWriter::size_with(std::uint64_t length) const {
  return record_end(payload_offset_after(size_, length), length) + tail_size(entries_.size() + 1);
}

Result<std::uint32_t> SegmentWriter::append(const SliceKey& key, std::span<const std::byte> payload) {
  CHECK(payload.size() <= kSliceSize && fits(payload.size()), "a record must fit its segment");
  RecordHeader header{segment_->identity(), key, static_cast<std::uint32_t>(payload.size()), crc32c(payload)};
  const Block block = encode_record_header(header);
  const std::uint64_t offset = payload_offset_after(size_, payload.size());
  const std::uint64_t end = record_end(offset, payload.size());

  const std::array parts = {part(std::span(kZeros).first(offset - kBlockSize - size_)), part(block), part(payload),
                            part(std::span(kZeros).first(end - offset - payload.size()))};
  if (auto written = disk_->write_at(segment_->descriptor(), parts, size_); !written) {
    TRY_VOID(cut_back(written.error()));
    return std::unexpected(written.error());
  }
  size_ = end;
  const auto place = static_cast<std::uint32_t>(offset);
  entries_.push_back({key, place, header.length, header.payload_crc});
  return place;
}

// A header without its payload must not stay behind: a walk would take it for a record.
Result<> SegmentWriter::cut_back(Error cause) {
  auto cut = disk_->truncate(segment_->descriptor(), size_);
  if (!cut) return fail(Errc::kUnavailable, "{}, and {}", cause.text, cut.error().text);
  return {};
}

Result<> SegmentWriter::write_back() {
  if (size_ - started_ < kDirtyWindow) return {};
  const int descriptor = segment_->descriptor();
  TRY_VOID(disk_->write_back(descriptor, started_, size_ - started_, Disk::WriteBack::kStart));
  if (finished_ < started_) {
    TRY_VOID(disk_->write_back(descriptor, finished_, started_ - finished_, Disk::WriteBack::kFinish));
  }
  finished_ = started_;
  started_ = size_;
  return {};
}

Result<> SegmentWriter::seal() {
  const std::vector<std::byte> table = encode_table(entries_);
  const Block footer =
      encode_footer({segment_->identity(), size_, static_cast<std::uint32_t>(entries_.size()), crc32c(table)});
  const std::array parts = {part(table), part(footer)};
  if (auto written = disk_->write_at(segment_->descriptor(), parts, size_); !written) {
    TRY_VOID(cut_back(written.error()));
    return std::unexpected(written.error());
  }
  size_ += table.size() + footer.size();
  return disk_->sync(segment_->descriptor());
}

}  // namespace larder::storage
