// SliceStore: the slices of every object, on the drives of this node.
//
// Slices rather than whole objects are stored, so that a range request fills only what it asked for.
//
// Owns       the drives and the in-memory index; not the descriptor inside a StoredSlice.
// Threads    find() and put() from any thread; each drive writes on a thread of its own.
// Crash      a slice is found after a restart only if it was wholly written (docs/formats/segment.md).
// Cost       find(): one hash lookup, no system call. Below 24 bytes of memory a slice.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/log.h"
#include "core/result.h"
#include "storage/disk.h"
#include "storage/slice_key.h"

namespace larder::storage {

class Segment;

// StoredSlice: where a slice's bytes lie. While it lives the bytes stay readable through its descriptor, also when
// the segment is evicted meanwhile: so hold it across one attempt to send, not across a wait for a slow client.
class StoredSlice {
 public:
  int descriptor() const;
  std::uint64_t offset() const;  // of the first byte of the slice in the descriptor's file
  /// False until its checksum was compared with its bytes since the program started: then load() it first.
  bool verified() const;
  /// True if all of [begin, end) of the slice is probably in the page cache (sampled, without waiting for a disk).
  bool resident(std::uint32_t begin, std::uint32_t end) const;
};

struct DriveConfig {
  std::string path;         // absolute
  std::uint64_t size = 0;   // bytes
};

struct DriveStatus {
  std::string path;
  std::uint64_t size = 0;
  std::uint64_t used = 0;           // bytes of its segment files
  std::string state;                // "ok", "failed"
  std::string reason;               // why, when failed
  std::uint64_t slices = 0;
  std::uint64_t segments = 0;
  std::uint64_t evicted_segments = 0;
  std::uint64_t evicted_slices = 0;
  std::uint64_t reinserted_slices = 0;
  std::uint64_t dropped_writes = 0; // puts declined: the drive was too slow or failed
  std::uint64_t corrupt_slices = 0;
};

class SliceStore {
 public:
  struct Options {
    std::vector<DriveConfig> drives;
    std::uint64_t segment_size = 256 * kMiB;      // smaller on drives too small for sixteen of them
    std::uint64_t write_queue_limit = 64 * kMiB;  // bytes waiting for one drive
  };

  /// Opens the drives and reads their segment tables. A drive that cannot be used at all (check_drive()) is an
  /// error; damage inside a good drive is logged and dropped.
  static Result<std::unique_ptr<SliceStore>> open(Options options, Disk& disk, Log& log);
  ~SliceStore();  // seals and syncs what is open

  /// Where the bytes of `key` lie, pinned until the result dies; also marks the slice as asked for.
  /// Errors: kNotFound.
  Result<StoredSlice> find(const SliceKey& key);
  bool contains(const SliceKey& key) const;

  /// Appends `bytes` (at most kSliceSize) and makes them findable, evicting to make room; replaces an older value of
  /// the same key. `owner` keeps the bytes alive until then. `done(stored)` runs on the drive's thread; it is also
  /// called, with false, when every drive is out or too slow: nothing is queued without bound.
  void put(const SliceKey& key, std::span<const std::byte> bytes, std::shared_ptr<const void> owner,
           std::function<void(bool stored)> done);

  /// Blocks: reads the slice from disk into the page cache, compares key and checksum, marks it verified.
  /// Errors: kCorrupt (the slice is dropped), kUnavailable (its drive is out), kNotFound.
  Result<> load(const SliceKey& key);
  /// Blocks: the bytes of the slice, verified. For small slices such as descriptions. Errors: as load().
  Result<std::vector<std::byte>> read(const SliceKey& key);

  /// Forgets one slice.
  void erase(const SliceKey& key);
  /// Notes an I/O error that a reader met (sendfile, EIO): the slice is forgotten and the drive goes out of use.
  void report_read_error(const StoredSlice& slice, int error_number);

  std::vector<DriveStatus> status() const;
  std::uint64_t index_bytes() const;
  /// Blocks until everything put() so far is written or declined. For tests and an orderly end.
  void drain();
};

/// Whether `config` can be a drive: absolute, not "/", an existing or makeable folder, ours to write, empty or an
/// earlier drive of ours, enough room. Never changes modes of what is there. Errors: kInvalid, kRefused, kNoSpace;
/// the text names the path, the reason and what would be right.
Result<> check_drive(const DriveConfig& config, Disk& disk);

}  // namespace larder::storage
