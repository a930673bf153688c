// SegmentLog: the segments of one drive in the order they were written: appends at one end, evicts at the other.
//
// Eviction is FIFO with reinsertion: the oldest segment goes, and what was asked for since it was written is appended
// again, up to half of the segment, so that every eviction gains room (docs/decisions/0002-segments-and-index.md).
//
// Owns       the segments of its drive, and their entries in the index.
// Threads    recover() on any one thread, then all calls on the drive's thread; counters(), shortage() and sealed()
// from any. Crash      docs/formats/segment.md.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/log.h"
#include "storage/disk.h"
#include "storage/drive_folder.h"
#include "storage/segment_count.h"
#include "storage/segment_directory.h"
#include "storage/segment_reader.h"
#include "storage/segment_writer.h"
#include "storage/slice_index.h"
#include "storage/store_epochs.h"
#include "storage/store_text.h"

namespace larder::storage {

class SegmentLog {
 public:
  struct Counters {
    std::atomic<std::uint64_t> used{0};  // bytes of segment files
    std::atomic<std::uint64_t> segments{0};
    std::atomic<std::uint64_t> evicted_segments{0};
    std::atomic<std::uint64_t> evicted_slices{0};
    std::atomic<std::uint64_t> reinserted_slices{0};
    std::atomic<std::uint64_t> corrupt_slices{0};
  };

  /// What all drives of a store share.
  struct Shared {
    Disk& disk;
    Log& log;
    SliceIndex& index;
    SegmentDirectory& directory;
    /// One count for all drives: of two records of a key the newer has the higher segment id, within an epoch.
    std::atomic<std::uint64_t>& next_segment;
    StoreEpochs& epochs;
    StoreText& purges;
  };

  /// A segment that nothing is written to any more.
  struct Sealed {
    std::shared_ptr<const Segment> segment;
    std::uint64_t size = 0;
  };

  SegmentLog(Shared shared, DriveFolder folder, unsigned drive, std::uint64_t size, SegmentPlan segments);

  /// Makes the ids of segments to come higher than those on this drive. Errors: of Disk.
  Result<> survey();
  /// What the drive says of the past; a file of epochs that cannot be read is logged. Errors: kUnavailable.
  Result<Epochs::Word> word();
  /// Finds what earlier runs stored. Damaged segments are logged and dropped. Errors: of Disk, when the folder of the
  /// segments itself cannot be read.
  Result<> recover();

  /// Forgets what was erased, by records found in recover(): once those of all drives are found.
  void bury();
  /// Writes the store's epochs down on the drive, unless they are. Errors: kNoSpace; any other means that the drive
  /// failed.
  Result<> keep_epochs();

  /// Writes the slice and points the index to it; evicts to make room. REQUIRES: at most kSliceSize bytes.
  /// Errors: kNoSpace (the file system is full, the drive is fine); any other means that the drive failed.
  Result<> append(const SliceKey& key, std::span<const std::byte> bytes);
  /// Writes a record of no bytes, after which a description is not found any more. Errors: as append().
  Result<> erase(const SliceKey& key);
  /// Seals what is open.
  Result<> seal();
  /// Another process may have the drive. REQUIRES: nothing is written any more.
  void unlock() { folder_.unlock(); }
  /// Forgets the segments whose files somebody else has removed. REQUIRES: unlock(), and nobody else calls anything.
  void forget_evicted();
  /// Forgets all segments and their slices, not the files.
  void forget();

  /// Those it has now, in the order in which they were begun. From any thread.
  std::vector<Sealed> sealed() const;

  /// Others leave it no room, for this reason. Over when some segments in a row have found room.
  void note_shortage(const std::string& reason);
  /// Why the drive cannot get as large as it is to be; nullopt: it can. From any thread.
  std::optional<std::string> shortage() const;

  const DriveFolder& folder() const { return folder_; }
  const Counters& counters() const { return counters_; }
  Counters& counters() { return counters_; }

 private:
  struct Stored {
    std::uint64_t id = 0;
    std::uint64_t size = 0;
    std::shared_ptr<const Segment> segment;  // null: unreadable
    std::uint32_t slot = 0;
  };

  Result<> recover_file(const std::string& name, const Epochs& epochs);
  bool newer(const Epochs& epochs, const Segment& segment, std::uint32_t offset, Place than) const;
  void add_stored(Stored stored);

  std::string shortage_at(const Error& error) const;
  /// A segment found room.
  void note_room();
  Result<> append_once(const SliceKey& key, std::span<const std::byte> bytes);
  Result<> open_segment();
  Result<> make_room();
  bool over_limit() const;
  Result<> evict_oldest();
  Result<> evict_slices(const Stored& victim);
  Result<> evict_record(const Stored& victim, const TableEntry& entry, std::uint64_t& budget);
  Result<bool> reinsert(const Stored& victim, const TableEntry& entry, Place from);
  void note_evicted(std::uint64_t slices) { counters_.evicted_slices.fetch_add(slices, std::memory_order_relaxed); }
  void publish_counters();
  Place place(std::uint32_t slot, std::uint32_t offset, Place::Verified verified) const;

  Shared shared_;
  DriveFolder folder_;
  unsigned drive_;
  std::uint64_t size_;
  std::uint64_t segment_size_;
  std::size_t max_segments_;

  std::deque<Stored> stored_;                       // oldest first
  std::vector<std::pair<SliceKey, Place>> erased_;  // until bury()
  std::uint64_t stored_bytes_ = 0;
  std::optional<SegmentWriter> writer_;
  std::uint32_t writer_slot_ = 0;
  std::uint64_t writer_epochs_ = 0;     // version of the store's epochs when the segment was begun
  std::uint64_t kept_epochs_ = 0;       // version that is written down on the drive
  unsigned full_declines_ = 0;          // see append()
  unsigned full_declines_left_ = 0;     // of them
  unsigned sealed_since_shortage_ = 0;  // segments
  mutable std::mutex shortage_mutex_;
  std::optional<std::string> shortage_;
  mutable std::mutex sealed_mutex_;
  std::deque<Sealed> sealed_;  // those of stored_ that can be read
  Counters counters_;
};

}  // namespace larder::storage
