// Cache: what all loops of a node share: objects, slices, fill memory.
//
// Threads    all calls from any thread, except load_info(): the thread of the executor it is given; and purge(): one
//            that may block.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "cache/fill_memory.h"
#include "cache/object_table.h"
#include "cache/purge.h"
#include "cache/purges.h"
#include "cache/unstored_slices.h"
#include "core/blocking_pool.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/result.h"
#include "core/task.h"
#include "origin/object_id.h"
#include "origin/rule_set.h"
#include "storage/slice_store.h"

namespace larder::cache {

struct FillCounters {
  std::atomic<std::uint64_t> requests{0};      // sent to origins
  std::atomic<std::uint64_t> bytes{0};         // of bodies, received from origins
  std::atomic<std::uint64_t> failures{0};      // fills given up
  std::atomic<std::uint64_t> changed{0};       // objects that changed at their origin
  std::atomic<std::uint64_t> revalidated{0};   // objects found unchanged
  std::atomic<std::uint64_t> stale_served{0};  // requests answered with an old object, as the origin did not answer
  std::atomic<std::uint64_t> let_go{0};        // slices that no drive took, and that left memory
  std::atomic<std::uint64_t> running{0};
};

// Purged: a purge that is in force.
struct Purged {
  std::uint64_t number = 0;
  /// "": it also is after a kill. Else why it may not be, naming the drives.
  std::string not_kept;
};

/// 128 random bits of the system's.
storage::ObjectId random_object_id();

/// Why nothing is purged or scrubbed any more once the store is released.
inline constexpr std::string_view kReleased =
    "another process takes the place of this one and has its drives; ask again in a moment";

class Cache {
 public:
  struct Options {
    std::uint64_t fill_memory = 256 * kMiB;
    std::size_t objects_in_memory = 200'000;
    /// Where the id of an object comes from that has nothing to make it of. No two may be equal, ever.
    std::function<storage::ObjectId()> new_id = random_object_id;
  };

  Cache(Options options, storage::SliceStore& store, BlockingPool& disk_pool, const Clock& clock, Log& log);

  storage::SliceStore& store() { return store_; }
  ObjectTable& objects() { return objects_; }
  FillMemory& memory() { return memory_; }
  BlockingPool& disk_pool() { return disk_pool_; }
  const Clock& clock() const { return clock_; }
  Log& log() { return log_; }
  FillCounters& counters() { return counters_; }
  const std::function<storage::ObjectId()>& new_id_source() const { return new_id_; }

  const Purges& purges() const { return purges_; }
  /// Has everything that `purge` names, under `rules`, asked of its origin before it is used again, in every response
  /// that begins after this. Blocks, at most for SliceStore::kKeepPatience and as long as others' purges take. Errors:
  /// of make_record(); kNoSpace (as many are remembered as can be), kConflict (the drives are released). Then nothing
  /// is purged.
  Result<Purged> purge(const Purge& purge, const origin::RuleSet& rules);
  /// Another process, which has the drives now, has purged something: nothing that was asked for before this is used in
  /// a response that begins after it. Kept nowhere.
  void purge_all_here();

  /// Writes a whole slice; until it is on disk, and if no drive takes it, readers find it in memory.
  void store_slice(const std::shared_ptr<Object>& object, const std::shared_ptr<FillingSlice>& slice);
  /// Writes the object's description under its URL, replacing an older one.
  void store_info(const origin::UrlKey& url, const std::shared_ptr<Object>& object);
  /// The object as described on disk; null if it is not, or wrongly.
  Task<std::shared_ptr<Object>> load_info(Executor executor, origin::UrlKey url);
  /// Marks the description as still asked for, now and then.
  void touch_info(const origin::UrlKey& url, Object& object);
  /// The origin has another version than `object`, or `object` can never be whole, or may not be kept any more: nobody
  /// gets it from the start any more, after a restart neither.
  void forget(UrlEntry& entry, const origin::UrlKey& url, const std::shared_ptr<Object>& object, UrlEntry::Why why);
  /// Another process has found that what is stored of `url` is outdated: as forget(), whatever is at hand.
  void forget_outdated(const origin::UrlKey& url);
  /// The same of all that is stored: the origin is asked first.
  void forget_all_outdated();

 private:
  void recall_purges();
  void write_replaced(const origin::UrlKey& url, const Object& object);
  void write_info(const origin::UrlKey& url, const ObjectInfo& info);

  storage::SliceStore& store_;
  BlockingPool& disk_pool_;
  const Clock& clock_;
  Log& log_;
  const std::function<storage::ObjectId()> new_id_;
  FillMemory memory_;
  UnstoredSlices unstored_;
  std::mutex purging_;  // one purge after the other; purges_ are read without it
  Purges purges_;
  ObjectTable objects_;
  FillCounters counters_;
};

}  // namespace larder::cache
