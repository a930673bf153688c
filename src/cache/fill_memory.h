// FillMemory: the one budget of memory that all fills share, as buffers of at most a slice each.
//
// A fill takes a buffer when it is about to fill a slice and the buffer comes back when the slice is on disk, so a
// slow disk makes fills wait (and their origins with them), never the memory grow.
//
// Parties (origins) share it: half of it by dynamic thresholds, where each may hold at most twice what is free of that
// half; the other half is for the first buffer of each party that has none. So origins that trickle, and keep what they
// have for minutes, hold up nobody else.
//
// Threads    all calls from any thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "net/wakeup.h"

namespace larder::cache {

class FillMemory;

// SliceBuffer: memory for one slice; gives itself back.
class SliceBuffer {
 public:
  SliceBuffer() = default;
  SliceBuffer(FillMemory* owner, std::unique_ptr<std::byte[]> bytes, std::uint32_t size, std::uint64_t party)
      : owner_(owner), bytes_(std::move(bytes)), size_(size), party_(party) {}
  SliceBuffer(SliceBuffer&& other) noexcept;
  SliceBuffer& operator=(SliceBuffer&& other) noexcept;
  ~SliceBuffer();

  std::byte* data() const { return bytes_.get(); }
  std::uint32_t size() const { return size_; }

 private:
  FillMemory* owner_ = nullptr;
  std::unique_ptr<std::byte[]> bytes_;
  std::uint32_t size_ = 0;
  std::uint64_t party_ = 0;
};

class FillMemory {
 public:
  /// Whole slices that are kept for the next fill rather than given back to the system.
  static constexpr std::size_t kSpareBuffers = 64;
  static constexpr std::uint64_t kLeastCharge = 4096;

  /// What a buffer counts: a slice of a byte costs its fill and its records all the same.
  static std::uint64_t charge(std::uint32_t size) { return std::max<std::uint64_t>(size, kLeastCharge); }

  explicit FillMemory(std::uint64_t limit) : limit_(limit) {}

  /// A buffer of `size` bytes, or nothing while the budget, or the share of `party` (a hash of its name), is used up.
  std::optional<SliceBuffer> try_take(std::uint32_t size, std::uint64_t party = 0);
  /// As try_take(); when there is none for the party, `wakeup` is notified once some of it is back.
  std::optional<SliceBuffer> take_or_wait(std::uint32_t size, std::uint64_t party,
                                          const std::shared_ptr<net::Wakeup>& wakeup);

  std::uint64_t limit() const { return limit_; }
  std::uint64_t used() const;

 private:
  friend class SliceBuffer;
  /// REQUIRES for both: mutex_.
  bool may_take(std::uint32_t size, std::uint64_t party) const;
  void account(std::uint64_t party, std::uint64_t held);
  void give_back(std::unique_ptr<std::byte[]> bytes, std::uint32_t size, std::uint64_t party);

  const std::uint64_t limit_;
  mutable std::mutex mutex_;
  std::uint64_t used_ = 0;
  std::uint64_t shared_used_ = 0;                             // without each party's first buffer
  std::unordered_map<std::uint64_t, std::uint64_t> used_by_;  // parties that hold something
  std::vector<std::unique_ptr<std::byte[]>> spare_;           // of a whole slice each
  std::vector<std::shared_ptr<net::Wakeup>> waiting_;
};

}  // namespace larder::cache
