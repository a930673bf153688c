// FillMemory: the one budget of memory that all fills share, as buffers of at most a slice each.
//
// A fill takes a buffer when it is about to fill a slice and the buffer comes back when the slice is on disk, so a
// slow disk makes fills wait (and their origins with them), never the memory grow.
//
// Origins share it: half of it by dynamic thresholds, where each may hold at most twice what is free of that half; the
// other half is for the first buffer of each origin that has none, and once it is used up, first buffers are as all
// others. So origins that trickle, and keep what they have for minutes, hold up nobody else. And one client may hold at
// most twice what is free of the whole, so that one that asks for ever new origins leaves a third to others.
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
#include <unordered_set>
#include <vector>

#include "net/wakeup.h"

namespace larder::cache {

class FillMemory;

// FillParty: whose share a buffer comes from.
struct FillParty {
  std::uint64_t origin = 0;  // a hash of its name
  std::uint64_t client = 0;  // OriginRequest::client; 0: nobody in particular, without a bound
};

// SliceBuffer: memory for one slice; gives itself back.
class SliceBuffer {
 public:
  SliceBuffer() = default;
  SliceBuffer(FillMemory* owner, std::unique_ptr<std::byte[]> bytes, std::uint32_t size, FillParty party)
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
  FillParty party_;
};

class FillMemory {
 public:
  /// Whole slices that are kept for the next fill rather than given back to the system.
  static constexpr std::size_t kSpareBuffers = 64;
  static constexpr std::uint64_t kLeastCharge = 4096;

  /// What a buffer counts: a slice of a byte costs its fill and its records all the same.
  static std::uint64_t charge(std::uint32_t size) { return std::max<std::uint64_t>(size, kLeastCharge); }

  explicit FillMemory(std::uint64_t limit) : limit_(limit) {}

  /// A buffer of `size` bytes, or nothing while the budget, or the share of `party`, is used up.
  std::optional<SliceBuffer> try_take(std::uint32_t size, FillParty party = {});
  /// As try_take(); when there is none for the party, `wakeup` (null: none) is notified once some of it is back.
  std::optional<SliceBuffer> take_or_wait(std::uint32_t size, FillParty party,
                                          const std::shared_ptr<net::Wakeup>& wakeup);

  std::uint64_t limit() const { return limit_; }
  std::uint64_t used() const;
  /// Fills that wait for some of it.
  std::size_t waiting() const;

 private:
  friend class SliceBuffer;
  // Held: what an origin holds, in bytes.
  struct Held {
    std::uint64_t first = 0;   // of the half for first buffers
    std::uint64_t shared = 0;  // of the other half
    std::uint64_t all() const { return first + shared; }
  };
  // REQUIRES for all of these: mutex_.
  Held held_by(std::uint64_t origin) const;
  /// What `origin` holds with `more` bytes.
  Held with(std::uint64_t origin, std::uint64_t more) const;
  /// What it holds without `less` of them: those from the half that is shared go back first.
  Held without(std::uint64_t origin, std::uint64_t less) const;
  bool may_take(std::uint32_t size, FillParty party) const;
  void account(FillParty party, Held now);
  void add_waiting(const std::shared_ptr<net::Wakeup>& wakeup);

  void give_back(std::unique_ptr<std::byte[]> bytes, std::uint32_t size, FillParty party);

  const std::uint64_t limit_;
  mutable std::mutex mutex_;
  Held used_by_all_;
  std::unordered_map<std::uint64_t, Held> by_origin_;           // that hold something
  std::unordered_map<std::uint64_t, std::uint64_t> by_client_;  // bytes; the same, but for client 0
  std::vector<std::unique_ptr<std::byte[]>> spare_;             // of a whole slice each
  std::vector<std::shared_ptr<net::Wakeup>> waiting_;
  std::unordered_set<const net::Wakeup*> is_waiting_;  // those in waiting_
};

}  // namespace larder::cache
