// IndexShard: one of the 256 hash tables of the slice index: 16 bytes an entry, at most 7/8 full.
//
// Robin Hood hashing: entries of a run lie in the order of their home positions, so that a search for what is not
// there ends early although the table is nearly full. It grows by a fifth: never below 73 % full once it has grown.
//
// Threads    guarded by its owner's lock (slice_index.h).
// Source     Celis, Larson, Munro: Robin Hood hashing (FOCS 1985); deletion by shifting back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "storage/place.h"

namespace larder::storage {

class IndexShard {
 public:
  /// What is kept of a key: 64 bits, and Place::kSpareBits more.
  struct Tag {
    std::uint64_t high = 0;
    std::uint64_t low = 0;
  };

  struct Entry {
    std::uint64_t tag_high = 0;
    std::uint64_t word = 0;  // place and low tag; 0 is an empty entry: no payload begins at offset 0

    bool used() const { return word != 0; }
    Place place() const { return Place(word & ~kSpareMask); }
    void set_place(Place place) { word = place.bits() | (word & kSpareMask); }
  };

  /// Valid until the next insert() or remove().
  Entry* find(const Tag& tag);
  /// REQUIRES: it is not there.
  void insert(const Tag& tag, Place place);
  void remove(Entry* entry);
  /// Removes what `doomed(place)` says, and gives memory back.
  template <class Doomed>
  std::size_t remove_if(Doomed doomed);

  std::size_t count() const { return count_; }
  std::size_t capacity() const { return capacity_; }

 private:
  static constexpr std::uint64_t kSpareMask = (1 << Place::kSpareBits) - 1;
  static constexpr std::uint32_t kMinCapacity = 16;

  std::uint32_t home(std::uint64_t tag_high) const;
  std::uint32_t next(std::uint32_t position) const { return position + 1 == capacity_ ? 0 : position + 1; }
  std::uint32_t distance(std::uint32_t position) const;
  void place_entry(Entry entry);
  void resize(std::uint32_t capacity);

  std::unique_ptr<Entry[]> entries_;
  std::uint32_t capacity_ = 0;
  std::uint32_t count_ = 0;
};

template <class Doomed>
std::size_t IndexShard::remove_if(Doomed doomed) {
  const std::uint32_t before = count_;
  for (std::uint32_t i = 0; i < capacity_; ++i) {
    if (!entries_[i].used() || !doomed(entries_[i].place())) continue;
    entries_[i] = {};
    --count_;
  }
  if (count_ == before) return 0;
  // Holes break the runs: lay the rest out anew.
  resize(count_ + count_ / 5 + kMinCapacity);
  return before - count_;
}

}  // namespace larder::storage
