// Purges: those in force, for all loops.
//
// Nobody walks through what is stored when something is purged: what was fetched carries the number of the last purge
// before it was asked for, and is compared with those after that when it is used next.
//
// Threads    all calls from any thread.
// Cost       without a purge since the last look: one load each of last(), concern() and heed().
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <utility>

#include "cache/object.h"
#include "cache/purge_list.h"
#include "core/log.h"
#include "storage/slice_store.h"

namespace larder::cache {

class Purges {
 public:
  std::uint64_t last() const { return last_.load(std::memory_order_acquire); }
  /// Of a request that is sent after this.
  PurgeStamp stamp() const {
    const std::uint64_t last_hard = last_hard_.load(std::memory_order_acquire);
    return {last(), last_hard};
  }
  std::shared_ptr<const PurgeList> list() const {
    const std::lock_guard lock(mutex_);
    return list_;
  }

  /// Whether `target` was purged after number `since`.
  bool concern(const origin::Target& target, std::uint64_t since) const {
    return last() != since && concern_by_list(target, since);
  }
  /// Has `object`, of `target`, know of what was purged since it was looked at last.
  void heed(Object& object, const origin::Target& target) const {
    if (object.heeded() != last()) heed_by_list(object, target);
  }

  /// These are in force from now on: whoever looks after this has seen them.
  void set(PurgeList list);

 private:
  bool concern_by_list(const origin::Target& target, std::uint64_t since) const;
  void heed_by_list(Object& object, const origin::Target& target) const;

  mutable std::mutex mutex_;
  std::shared_ptr<const PurgeList> list_ = std::make_shared<const PurgeList>();
  std::atomic<std::uint64_t> last_hard_{0};
  std::atomic<std::uint64_t> last_{0};
};

/// What all places together kept; where none can be read that should be, everything is purged, hard.
PurgeList recall(std::span<const storage::SliceStore::KeptPurges> kept, WallTime now, Log& log);

/// The number of a purge after `last` at `now`.
std::uint64_t next_number(std::uint64_t last, WallTime now);

}  // namespace larder::cache
