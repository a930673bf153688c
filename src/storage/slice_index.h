// SliceIndex: where every slice lies, by a 86-bit hash of its key; below 24 bytes a slice.
//
// Keys themselves are on the drives, not here: two keys that share all 86 bits would be taken for one
// (docs/decisions/0002-segments-and-index.md says how unlikely that is).
//
// Threads    all calls from any thread. A visitor runs under the lock of its key's shard: short, and no other call
//            of this class inside it.
// Cost       one hash, one uncontended lock, a few adjacent cache lines.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>

#include "storage/index_shard.h"
#include "storage/place.h"
#include "storage/slice_key.h"

namespace larder::storage {

class SliceIndex {
 public:
  static constexpr std::size_t kShards = 256;

  /// The hash of a key: a tag, and the number of its shard.
  struct Hash {
    IndexShard::Tag tag;
    std::size_t shard = 0;
  };
  static Hash hash(const SliceKey& key);

  /// Runs `visitor(Place&)`, which may set marks; false if the key is not there.
  template <class Visitor>
  bool visit(const SliceKey& key, Visitor visitor) const;

  /// Points `key` to `place`, whatever was there.
  void put(const SliceKey& key, Place place) {
    put_if(key, place, [](Place) { return true; });
  }
  /// Points `key` to `place` if it is new or `replaces(old place)`.
  template <class Replaces>
  bool put_if(const SliceKey& key, Place place, Replaces replaces);

  /// What is at `place` is about to be read into memory, and not compared yet: nobody sends it before it is.
  void mark_unverified(const SliceKey& key, Place place) {
    visit(key, [&](Place& now) {
      if (now.same_place(place)) now.mark_unverified();
    });
  }
  bool erase(const SliceKey& key) {
    return erase_if_at(key, [](Place) { return true; });
  }
  /// Erases `key` only if it is still at `place`.
  bool erase_at(const SliceKey& key, Place place) {
    return erase_if_at(key, [&](Place now) { return now.same_place(place); });
  }
  /// Erases `key` only if `doomed(its place)`.
  template <class Doomed>
  bool erase_if_at(const SliceKey& key, Doomed doomed);
  /// Moves `key` to `to` only if it is still at `from`. REQUIRES: both on one drive.
  bool move(const SliceKey& key, Place from, Place to);
  /// Both look at every entry. Return how many went.
  std::size_t erase_segment(Place any_in_segment);
  std::size_t erase_drive(unsigned drive);

  std::uint64_t count() const;
  std::uint64_t count(unsigned drive) const { return counts_[drive].load(std::memory_order_relaxed); }
  /// Memory held.
  std::uint64_t bytes() const;

 private:
  struct alignas(64) Shard {
    mutable std::mutex mutex;
    mutable IndexShard table;
  };

  template <class Doomed>
  std::size_t erase_if(Doomed doomed);

  std::array<Shard, kShards> shards_;
  std::array<std::atomic<std::uint64_t>, Place::kMaxDrives> counts_{};
};

template <class Visitor>
bool SliceIndex::visit(const SliceKey& key, Visitor visitor) const {
  const Hash where = hash(key);
  const Shard& shard = shards_[where.shard];
  const std::lock_guard lock(shard.mutex);
  IndexShard::Entry* entry = shard.table.find(where.tag);
  if (entry == nullptr) return false;
  Place place = entry->place();
  visitor(place);
  entry->set_place(place);
  return true;
}

template <class Replaces>
bool SliceIndex::put_if(const SliceKey& key, Place place, Replaces replaces) {
  const Hash where = hash(key);
  Shard& shard = shards_[where.shard];
  const std::lock_guard lock(shard.mutex);
  if (IndexShard::Entry* entry = shard.table.find(where.tag)) {
    if (!replaces(entry->place())) return false;
    counts_[entry->place().drive()].fetch_sub(1, std::memory_order_relaxed);
    entry->set_place(place);
  } else {
    shard.table.insert(where.tag, place);
  }
  counts_[place.drive()].fetch_add(1, std::memory_order_relaxed);
  return true;
}

template <class Doomed>
bool SliceIndex::erase_if_at(const SliceKey& key, Doomed doomed) {
  const Hash where = hash(key);
  Shard& shard = shards_[where.shard];
  const std::lock_guard lock(shard.mutex);
  IndexShard::Entry* entry = shard.table.find(where.tag);
  if (entry == nullptr || !doomed(entry->place())) return false;
  counts_[entry->place().drive()].fetch_sub(1, std::memory_order_relaxed);
  shard.table.remove(entry);
  return true;
}

}  // namespace larder::storage
