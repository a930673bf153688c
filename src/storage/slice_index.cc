#include "storage/slice_index.h"

#include <bit>

namespace larder::storage {
namespace {

// The finalizer of SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators): a bijection.
std::uint64_t mix(std::uint64_t value) {
  value = (value ^ (value >> 30)) * 0xBF58'476D'1CE4'E5B9;
  value = (value ^ (value >> 27)) * 0x94D0'49BB'1331'11EB;
  return value ^ (value >> 31);
}

constexpr std::uint64_t kOddMultiplier = 0x9E37'79B9'7F4A'7C15;

}  // namespace

// Slices of one object never share `high`: multiplying by an odd number, xor and mix() are all one to one.
SliceIndex::Hash SliceIndex::hash(const SliceKey& key) {
  const std::uint64_t high = mix(key.object[0] ^ (key.number * kOddMultiplier));
  const std::uint64_t rest = mix(key.object[1] ^ std::rotl(high, 32));
  return {{high, rest >> (64 - Place::kSpareBits)}, rest % kShards};
}

bool SliceIndex::move(const SliceKey& key, Place from, Place to) {
  bool found = false;
  // put_if() would also insert what was erased meanwhile.
  visit(key, [&](Place& place) {
    found = place.same_place(from);
    if (found) place = to;
  });
  return found;
}

template <class Doomed>
std::size_t SliceIndex::erase_if(Doomed doomed) {
  std::size_t erased = 0;
  for (Shard& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    erased += shard.table.remove_if(doomed);
  }
  return erased;
}

std::size_t SliceIndex::erase_segment(Place any_in_segment) {
  const std::size_t erased = erase_if([&](Place place) { return place.same_segment(any_in_segment); });
  counts_[any_in_segment.drive()].fetch_sub(erased, std::memory_order_relaxed);
  return erased;
}

std::size_t SliceIndex::erase_drive(unsigned drive) {
  const std::size_t erased = erase_if([&](Place place) { return place.drive() == drive; });
  counts_[drive].fetch_sub(erased, std::memory_order_relaxed);
  return erased;
}

std::uint64_t SliceIndex::count() const {
  std::uint64_t sum = 0;
  for (const auto& count : counts_) sum += count.load(std::memory_order_relaxed);
  return sum;
}

std::uint64_t SliceIndex::bytes() const {
  std::uint64_t sum = sizeof *this;
  for (const Shard& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    sum += shard.table.capacity() * sizeof(IndexShard::Entry);
  }
  return sum;
}

}  // namespace larder::storage
