// HotSlices: which slices one event loop has just found in the page cache, or has given to a drive, which writes them
// there, and need not be looked for.
//
// The kernel seldom drops pages within a second of their use, and asking it costs more than a small object's head. What
// it does drop and reads again in that time is sent without being compared with its checksum: so it is short.
//
// Threads    its loop.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>

#include "core/clock.h"
#include "storage/slice_key.h"

namespace larder::cache {

class HotSlices {
 public:
  static constexpr auto kHot = std::chrono::seconds(1);

  bool contains(const storage::SliceKey& key, SteadyTime now) const {
    const Entry& entry = entries_[slot(key)];
    return entry.key == key && now - entry.seen < kHot;
  }
  void note(const storage::SliceKey& key, SteadyTime now) { entries_[slot(key)] = {key, now}; }

 private:
  static constexpr std::size_t kEntries = 4096;

  struct Entry {
    storage::SliceKey key{};
    SteadyTime seen{};
  };
  static std::size_t slot(const storage::SliceKey& key) { return (key.object[0] + key.number) % kEntries; }

  std::array<Entry, kEntries> entries_{};
};

}  // namespace larder::cache
