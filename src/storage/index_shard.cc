#include "storage/index_shard.h"

#include <utility>

namespace larder::storage {

std::uint32_t IndexShard::home(std::uint64_t tag_high) const {
  return static_cast<std::uint32_t>(((tag_high >> 32) * capacity_) >> 32);
}

std::uint32_t IndexShard::distance(std::uint32_t position) const {
  const std::uint32_t start = home(entries_[position].tag_high);
  return position >= start ? position - start : position + capacity_ - start;
}

IndexShard::Entry* IndexShard::find(const Tag& tag) {
  if (capacity_ == 0) return nullptr;
  std::uint32_t position = home(tag.high);
  for (std::uint32_t travelled = 0;; ++travelled, position = next(position)) {
    Entry& entry = entries_[position];
    if (!entry.used()) return nullptr;
    if (entry.tag_high == tag.high && (entry.word & kSpareMask) == tag.low) return &entry;
    if (distance(position) < travelled) return nullptr;
  }
}

void IndexShard::insert(const Tag& tag, Place place) {
  if (std::uint64_t{count_ + 1} * 8 > std::uint64_t{capacity_} * 7) resize(capacity_ + capacity_ / 5 + kMinCapacity);
  place_entry({tag.high, place.bits() | tag.low});
  ++count_;
}

void IndexShard::place_entry(Entry entry) {
  std::uint32_t position = home(entry.tag_high);
  for (std::uint32_t travelled = 0; entries_[position].used(); ++travelled, position = next(position)) {
    const std::uint32_t there = distance(position);
    if (there >= travelled) continue;
    std::swap(entry, entries_[position]);
    travelled = there;
  }
  entries_[position] = entry;
}

void IndexShard::remove(Entry* entry) {
  auto hole = static_cast<std::uint32_t>(entry - entries_.get());
  for (std::uint32_t after = next(hole); entries_[after].used() && distance(after) > 0; after = next(after)) {
    entries_[hole] = entries_[after];
    hole = after;
  }
  entries_[hole] = {};
  --count_;
}

void IndexShard::resize(std::uint32_t capacity) {
  const std::unique_ptr<Entry[]> old = std::exchange(entries_, std::make_unique<Entry[]>(capacity));
  const std::uint32_t old_capacity = std::exchange(capacity_, capacity);
  for (std::uint32_t i = 0; i < old_capacity; ++i) {
    if (old[i].used()) place_entry(old[i]);
  }
}

}  // namespace larder::storage
