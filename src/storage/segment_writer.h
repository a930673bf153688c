// SegmentWriter: the one segment of a drive that grows: appends records, then seals with table and footer.
//
// Records go to the page cache, where readers find them; the device gets them in windows of kDirtyWindow, so that
// neither much dirty memory nor a storm of writes at sealing builds up.
//
// Owns       a share in the Segment, and the list of what was appended (until sealed).
// Threads    one.
// Crash      what append() finished is found again; what it did not is cut off (segment_reader.h).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "storage/disk.h"
#include "storage/segment.h"
#include "storage/segment_format.h"

namespace larder::storage {

class SegmentWriter {
 public:
  /// At most two of them are dirty per drive.
  static constexpr std::uint64_t kDirtyWindow = 32 * kMiB;

  /// Makes the file and writes its header; `limit` is the size that the sealed file may reach.
  static Result<SegmentWriter> create(Disk& disk, const std::string& path, unsigned drive, SegmentIdentity identity,
                                      std::uint64_t limit);
  /// Takes up a file that was not sealed, to seal it: `entries` end at `end`, what follows is cut off.
  static Result<SegmentWriter> resume(Disk& disk, std::shared_ptr<Segment> segment, std::vector<TableEntry> entries,
                                      std::uint64_t end);

  /// What the file would have, sealed, with one more payload of `length` bytes.
  std::uint64_t size_with(std::uint64_t length) const;
  bool fits(std::uint64_t length) const { return size_with(length) <= limit_; }

  /// Offset of the payload. REQUIRES: fits(). Errors: of Disk; then the file is as before, unless even cutting it
  /// back failed (kUnavailable).
  Result<std::uint32_t> append(const SliceKey& key, std::span<const std::byte> payload);
  /// Starts sending what piled up to the device, and waits for what was sent the time before.
  Result<> write_back();
  /// Writes table and footer and syncs. Errors: of Disk; the records can still be walked.
  Result<> seal();

  const std::shared_ptr<Segment>& segment() const { return segment_; }
  std::uint64_t size() const { return size_; }
  bool empty() const { return entries_.empty(); }

 private:
  SegmentWriter(Disk& disk, std::shared_ptr<Segment> segment, std::uint64_t limit);
  Result<> cut_back(Error cause);

  Disk* disk_;
  std::shared_ptr<Segment> segment_;
  std::uint64_t limit_;
  std::uint64_t size_ = kBlockSize;
  std::uint64_t started_ = 0;   // write-back was started up to here
  std::uint64_t finished_ = 0;  // and waited for up to here
  std::vector<TableEntry> entries_;
};

}  // namespace larder::storage
