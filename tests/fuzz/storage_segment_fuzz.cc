// Segment files of any bytes: reading one never crashes, and what it says it holds lies inside the file.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <span>

#include "core/check.h"
#include "storage/segment_reader.h"
#include "storage/system_disk.h"

namespace {

using namespace larder::storage;

// The drive and segment that the files of the corpus name.
SegmentIdentity identity() {
  SegmentIdentity of;
  for (std::size_t i = 0; i < of.drive.size(); ++i) of.drive[i] = static_cast<std::byte>(i);
  of.segment = 1;
  return of;
}

larder::Descriptor file_of(std::span<const std::uint8_t> bytes) {
  larder::Descriptor file(::memfd_create("segment", MFD_CLOEXEC));
  CHECK(::pwrite(file.number(), bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()),
        "a file in memory takes its bytes");
  return file;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span bytes(data, size);
  const auto blocks = std::as_bytes(bytes);
  static_cast<void>(parse_header(blocks));
  static_cast<void>(parse_record_header(blocks));
  if (const auto footer = parse_footer(blocks)) {
    static_cast<void>(parse_table(blocks.subspan(kBlockSize), *footer));
  }

  SystemDisk disk;
  const Segment segment(0, identity(), file_of(bytes));
  const auto contents = read_segment(disk, segment.descriptor(), identity());
  if (!contents) return 0;
  CHECK(contents->records_end <= size, "records end inside the file");
  for (const TableEntry& entry : contents->entries) {
    CHECK(record_end(entry.offset, entry.length) <= contents->records_end, "a slice lies inside the file");
    std::vector<std::byte> payload;
    const auto record = read_record(disk, segment, entry.offset, entry.key, &payload);
    CHECK(!record || payload.size() == record->length, "a record's payload is as long as it says");
  }
  return 0;
}
