// SliceStore: the slices of every object, on the drives of this node.
//
// Slices rather than whole objects are stored, so that a range request fills only what it asked for.
//
// Owns       the drives and the in-memory index; not the descriptor inside a StoredSlice.
// Threads    find() and put() from any thread; each drive writes on a thread of its own.
// Crash      a slice is found after a restart only if it was wholly written (docs/formats/segment.md).
// Cost       find(): one hash lookup, no system call. Below 24 bytes of memory a slice.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/bytes.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/result.h"
#include "storage/disk.h"
#include "storage/segment_count.h"
#include "storage/segment_directory.h"
#include "storage/slice_index.h"
#include "storage/slice_key.h"
#include "storage/store_epochs.h"
#include "storage/store_text.h"

namespace larder::storage {

class Drive;
class Segment;

// StoredSlice: where a slice's bytes lie. While it lives the bytes stay readable through its descriptor, also when
// the segment is evicted meanwhile: so hold it across one attempt to send, not across a wait for a slow client, or
// evicted segments keep their room on the drive.
class StoredSlice {
 public:
  StoredSlice() = default;  // no slice: only for assigning to
  StoredSlice(std::shared_ptr<const Segment> segment, const SliceKey& key, std::uint32_t offset, bool verified)
      : segment_(std::move(segment)), key_(key), offset_(offset), verified_(verified) {}

  int descriptor() const;
  /// Of the first byte of the slice in the descriptor's file; at a page when the slice is 16 KiB or longer.
  std::uint64_t offset() const { return offset_; }
  /// False until its checksum was compared with its bytes since the program started: then load() it first.
  bool verified() const { return verified_; }
  const SliceKey& key() const { return key_; }

 private:
  friend class SliceStore;

  std::shared_ptr<const Segment> segment_;
  SliceKey key_;
  std::uint32_t offset_ = 0;
  bool verified_ = false;
};

/// A drive smaller than this would be nothing but segments coming and going.
inline constexpr std::uint64_t kMinDriveSize = 64 * kMiB;
inline constexpr std::uint64_t kMinSegmentSize = 4 * kMiB;

struct DriveConfig {
  std::string path;        // absolute
  std::uint64_t size = 0;  // bytes its segment files may take together
};

struct ScrubStatus {
  std::uint64_t rate = 0;            // bytes a second, of an ordered walk its own; 0: it is not scrubbed
  bool under_way = false;            // a walk is
  double percent = 0;                // of the walk that is under way, or of the last one
  std::optional<WallTime> last_end;  // of a walk over the whole drive, also of an earlier run
  std::uint64_t bytes = 0;           // read since the start of the program
  std::uint64_t slices = 0;          // compared
  std::uint64_t bad_slices = 0;      // dropped; they count among corrupt_slices too
};

struct DriveStatus {
  std::string path;
  std::uint64_t size = 0;
  std::uint64_t used = 0;  // bytes of its segment files
  // "ok"; "no_room": in use, and others leave it no room up to its size; "hangs": a write to it does not end, and
  // nothing is stored on it until it does; "failed": out of use.
  std::string state;
  std::string reason;  // why, unless it is ok
  std::uint64_t slices = 0;
  std::uint64_t segments = 0;
  std::uint64_t evicted_segments = 0;
  std::uint64_t evicted_slices = 0;
  std::uint64_t reinserted_slices = 0;
  std::uint64_t dropped_writes = 0;  // puts declined: the drive was too slow or failed
  std::uint64_t corrupt_slices = 0;
  ScrubStatus scrub;
};

/// What is stored beside an object's slices.
struct Description {
  std::vector<std::byte> bytes;
  /// False: a newer one may have been written while this one's drive was away, or been lost with another drive. Ask the
  /// origin before it is used, however fresh it says that it is (docs/decisions/0013-drives-that-return.md).
  bool current = true;
};

class SliceStore {
 public:
  /// Who writes what was put(): a thread for each drive, or, in a simulation, whoever calls write_next().
  enum class Writing { kThreads, kBySteps };

  struct Options {
    std::vector<DriveConfig> drives;
    /// Absolute path of the folder where it is kept which drives this node has had; "": nowhere.
    std::string state;
    /// Smaller on drives too small for sixteen of them; at least kMinSegmentSize, at most 256 MiB.
    std::uint64_t segment_size = 256 * kMiB;
    /// Of all drives together: each takes a descriptor. REQUIRES: enough for count_segments().full of every drive.
    std::size_t segments = SIZE_MAX;
    std::uint64_t write_queue_limit = 64 * kMiB;  // bytes waiting for one drive
    std::uint64_t scrub_rate = 0;                 // bytes a second read back from each drive; 0: none
    Writing writing = Writing::kThreads;
    /// How long a drive that another process uses is waited for, as that lets go of it; then it is out of use.
    /// Nothing: it is an error at once.
    std::optional<SteadyTime::duration> lock_patience;
  };

  /// Opens the drives, side by side, and reads their segment tables. A mistake in the configuration (check_drives())
  /// and a drive that another process uses (kConflict) are errors; a drive that cannot be used is in state "failed";
  /// damage inside a good one is logged and dropped. Without any drive the store works and holds nothing.
  static Result<std::unique_ptr<SliceStore>> open(Options options, Disk& disk, const Clock& clock, Log& log);
  ~SliceStore();  // stores what is queued, seals and syncs
  SliceStore(const SliceStore&) = delete;
  SliceStore& operator=(const SliceStore&) = delete;

  /// Where the bytes of `key` lie, pinned until the result dies; also marks the slice as asked for.
  /// Errors: kNotFound.
  Result<StoredSlice> find(const SliceKey& key);
  bool contains(const SliceKey& key) const;
  /// Whether [begin, end) of the slice can be sent without waiting for a disk: all of its pages are in memory, and were
  /// verified there. A short slice shares its pages with others that bring them in: its checksum is compared again.
  bool resident(const StoredSlice& slice, std::uint32_t begin, std::uint32_t end) const;

  /// Appends `bytes` (at most kSliceSize) and makes them findable, evicting to make room; replaces an older value of
  /// the same key. `owner` keeps the bytes alive and unchanged until then. `done(stored)` runs once: on the drive's
  /// thread; or, with false, on the caller's thread before put() returns, when every drive is out or the queue is
  /// full: nothing is queued without bound. So hold no lock here that `done` takes. `done` may be empty.
  void put(const SliceKey& key, std::span<const std::byte> bytes, std::shared_ptr<const void> owner,
           std::function<void(bool stored)> done);

  /// Lets go of the drives, for another process that is to have them: what was put() is stored, nothing more is, and
  /// what is stored stays readable here. `outdated` hears, from any thread and for as long as this lives, of each URL
  /// whose description on them does not hold any more, as nobody here can write that down. Blocks until `deadline`, at
  /// most: the paths of drives that could not be let go by then, as a disk hangs. Once only; with Writing::kThreads.
  std::vector<std::string> release(SteadyTime deadline, std::function<void(const ObjectId& url)> outdated);

  /// After release(): forgets what the other process has evicted, so that its room is free; a reader of it that comes
  /// later does not find it.
  void forget_evicted();
  bool is_released() const { return released_.load(std::memory_order_acquire); }

  /// Declines what waits for drives that hang. Call it when memory for slices is short and nothing has come back
  /// lately.
  void shed_hanging_writes();

  /// Blocks: reads the slice from disk into the page cache, compares key and checksum, marks it verified; until then it
  /// counts as unverified, so that nobody sends what nobody compared. For callers' disk threads. Errors: kCorrupt (the
  /// slice is dropped), kUnavailable (its drive is out), kNotFound.
  Result<> load(const SliceKey& key);
  /// Blocks: the bytes of the slice, verified. For small slices such as descriptions. Errors: as load().
  Result<std::vector<std::byte>> read(const SliceKey& key);

  /// As read(), of an object's description, with whether it is the last word.
  Result<Description> read_description(const ObjectId& url);

  /// From now on no description is `current`.
  void doubt_all() { all_doubted_.store(true, std::memory_order_relaxed); }

  /// With Writing::kBySteps: what the drive's thread would do next. False: nothing is to be done.
  bool write_next(std::size_t drive);
  /// The same of its scrubber, whose walks follow each other at once. False: one has just ended.
  bool scrub_next(std::size_t drive);

  /// Forgets one slice; a description for good, any other until the next start. A put() of it that is still queued is
  /// not affected, but for a description's.
  void erase(const SliceKey& key);
  /// Notes an I/O error that a reader met (sendfile, EIO): the slice is forgotten and the drive goes out of use.
  void report_read_error(const StoredSlice& slice, int error_number);

  enum class ScrubOrder { kBegun, kUnderWay, kOut };
  /// Reads all of a drive (by its place in status()) back from now on, at `rate` bytes a second until it has been read;
  /// 0: as Options has it, or 10 MiB/s. A walk that is under way goes on, at that rate; a drive that is out has none.
  ScrubOrder order_scrub(std::size_t drive, std::uint64_t rate);
  /// What a drive, or the folder of `state`, kept of keep_purges() when the store was opened.
  struct KeptPurges {
    std::string place;
    bool is_drive = false;            // else the folder of `state`
    std::optional<std::string> text;  // nothing: none, or
    std::string damage;               // why it cannot be read; "": it can
  };
  const std::vector<KeptPurges>& kept_purges() const { return kept_purges_; }
  /// Has every drive in use, and the folder of `state`, keep `text`, in the place of what
  /// they kept of this. The drives do it in their own time.
  void note_purges(std::string text);
  /// The same, and blocks until it is done, for at most `patience` and as long as the system's disk takes. "": a kill
  /// loses it no more; else which drive could not, and why. One that could not does it with the next text, or start.
  std::string keep_purges(std::string text, SteadyTime::duration patience = kKeepPatience);

  static constexpr auto kKeepPatience = std::chrono::seconds(10);

  /// Whether any drive is in use: else put() declines everything.
  bool has_drives() const;
  /// Bytes that the drives in use may take together.
  std::uint64_t capacity() const;
  std::vector<DriveStatus> status() const;
  std::uint64_t index_bytes() const;
  /// Blocks until everything put() so far is written or declined. For tests and an orderly end.
  void drain();

 private:
  SliceStore(Disk& disk, const Clock& clock, Log& log);
  Result<> open_drives(const Options& options);
  Result<> open_drive(Drive& drive, SegmentPlan plan, const Options& options, SteadyTime until);
  std::string try_to_note(const std::string& state);
  void note_drives(const std::string& state);
  void begin_epoch();
  void recall_purges();
  Result<> note_purges_beside(const std::string& text);
  void recover(Writing writing);
  bool still_at(const Place& place, const StoredSlice& slice) const;
  std::optional<RecordHeader> header_at_hand(const StoredSlice& slice) const;
  bool at_hand(const StoredSlice& slice) const;
  StoredSlice pin(const SliceKey& key);
  Result<> read_into(const StoredSlice& slice, std::vector<std::byte>* into);
  Drive* choose_drive(const SliceKey& key) const;

  Disk& disk_;
  const Clock& clock_;
  Log& log_;
  SliceIndex index_;
  SegmentDirectory directory_;
  std::atomic<std::uint64_t> next_segment_{1};
  StoreEpochs epochs_;
  StoreText purges_;
  std::vector<KeptPurges> kept_purges_;
  std::string state_;
  std::atomic<bool> all_doubted_{false};
  std::atomic<bool> released_{false};
  std::function<void(const ObjectId& url)> outdated_;  // once released_
  std::vector<std::unique_ptr<Drive>> drives_;         // last: their threads use what is above
};

// DriveProblem: why something that is configured as a drive is none, or not all of it.
struct DriveProblem {
  enum class Kind {
    kMistake,  // of the configuration, which never works like that: nothing starts
    kOut,      // it cannot be used now: the others go on without it until the next start
    kOther,    // it is used, and another drive is there than was before
    kRoom,     // it is used, and others fill its file system so that it may not get as large as it is to be
  };

  std::size_t drive = 0;  // in the list
  Kind kind = Kind::kMistake;
  std::string key;   // of the configuration: "path" or "size"
  std::string text;  // the reason and what would be right
};

/// What is wrong with these drives as they are now, in their order. A drive is an absolute path, not "/", of a folder
/// that is there or can be made, ours to write, empty or an earlier drive of ours; no two are the same folder, copies
/// of each other, or lie one inside the other; and new ones find room beside all others of their file system. What may
/// lie below a file system that is not mounted is no mistake for a node one of whose drives was begun; and a folder
/// that was a drive before, as `state` (Options) has it, and is none now, is not begun by itself. Changes nothing.
std::vector<DriveProblem> check_drives(const std::vector<DriveConfig>& configs, Disk& disk,
                                       const std::string& state = "");

/// Makes an empty folder a drive, on purpose. Errors: kInvalid, kRefused and kCorrupt (it cannot be one), kNotFound,
/// kConflict (it is one), and those of Disk.
Result<DriveId> begin_drive(const std::string& path, Disk& disk);

}  // namespace larder::storage
