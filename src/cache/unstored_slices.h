// UnstoredSlices: whole slices that no drive took, kept in memory for a little while, oldest first to go.
//
// With every drive out or behind, readers that follow a fill still find its bytes here; nobody is turned away.
//
// Threads    all calls from any thread.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>

#include "cache/object.h"

namespace larder::cache {

class UnstoredSlices {
 public:
  explicit UnstoredSlices(std::uint64_t limit) : limit_(limit) {}

  /// How many of those that were kept had to go.
  std::size_t keep(const std::shared_ptr<Object>& object, const std::shared_ptr<FillingSlice>& slice);

 private:
  struct Kept {
    std::shared_ptr<Object> object;
    std::shared_ptr<FillingSlice> slice;
  };

  const std::uint64_t limit_;
  std::mutex mutex_;
  std::uint64_t bytes_ = 0;
  std::deque<Kept> kept_;
};

}  // namespace larder::cache
