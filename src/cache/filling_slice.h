// FillingSlice: a slice that is on its way from the origin: readers take its bytes while they arrive.
//
// One fill writes it front to back; any number of readers on any threads follow. It lives until its bytes are on
// disk (or, when no drive takes them, a little longer: cache/unstored_slices.h).
//
// Threads    the producer's calls from the fill's thread; the readers' from any.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "cache/fill_memory.h"
#include "core/result.h"
#include "net/wakeup.h"
#include "origin/origin_client.h"
#include "origin/turn.h"

namespace larder::cache {

// FillInterest: what a fill and its readers tell each other: how many still want its bytes (at zero it ends with the
// slice it is in), how urgently, and whether the origin has begun to answer, with the version that is filled.
//
// Threads    all calls from any thread.
class FillInterest {
 public:
  /// `asked`: what the fill asks the origin for, and whose query it is; null: nobody's in particular. `turn`: whose
  /// urgency rises with who waits; null: one of its own, that begins as read-ahead.
  explicit FillInterest(std::shared_ptr<const origin::OriginRequest> asked = nullptr,
                        std::shared_ptr<origin::Turn> turn = nullptr)
      : asked_(std::move(asked)),
        turn_(turn ? std::move(turn) : std::make_shared<origin::Turn>(origin::Urgency::kReadAhead)) {}

  const std::shared_ptr<const origin::OriginRequest>& asked() const { return asked_; }

  void add() { count_.fetch_add(1, std::memory_order_relaxed); }
  void remove() { count_.fetch_sub(1, std::memory_order_relaxed); }
  bool any() const { return count_.load(std::memory_order_relaxed) > 0; }

  /// Raised by who begins to wait for its bytes.
  const std::shared_ptr<origin::Turn>& turn() const { return turn_; }

  enum class Origin { kAsked, kConfirmed, kGone };  // kGone: the fill is over, or gives up
  Origin origin() const { return origin_.load(std::memory_order_acquire); }
  /// Wakes who waits. kGone stays, whatever comes after it.
  void set(Origin origin);
  // Failure: why the fill gives up.
  struct Failure {
    Error error;
    bool is_for_all = false;  // who ask that origin: it could not be asked
  };
  void note(Failure failure);
  std::optional<Failure> failure() const;
  /// The fill waits for its share of the fill memory, and not for its origin.
  bool lacks_memory() const { return lacks_memory_.load(std::memory_order_relaxed); }
  void set_lacks_memory(bool lacks) { lacks_memory_.store(lacks, std::memory_order_relaxed); }
  /// True if `wakeup` will be notified of the next change; false if it is no longer kAsked.
  bool wait_for_origin(const std::shared_ptr<net::Wakeup>& wakeup);

 private:
  const std::shared_ptr<const origin::OriginRequest> asked_;
  const std::shared_ptr<origin::Turn> turn_;
  std::atomic<int> count_{0};
  std::atomic<Origin> origin_{Origin::kAsked};
  std::atomic<bool> lacks_memory_{false};
  mutable std::mutex mutex_;
  std::optional<Failure> failure_;
  std::vector<std::shared_ptr<net::Wakeup>> waiting_;
};

class FillingSlice {
 public:
  enum class State { kFilling, kWhole, kAbandoned };

  FillingSlice(std::uint32_t number, std::uint32_t length, std::shared_ptr<FillInterest> interest)
      : number_(number), length_(length), interest_(std::move(interest)) {}

  std::uint32_t number() const { return number_; }
  std::uint32_t length() const { return length_; }
  FillInterest& interest() const { return *interest_; }
  const std::shared_ptr<FillInterest>& shared_interest() const { return interest_; }

  /// Of the fill memory: more than length() when the slice ended early.
  std::uint32_t memory() const { return buffer_.size(); }

  // --- the producer ---
  bool has_buffer() const { return buffer_.data() != nullptr; }
  void set_buffer(SliceBuffer buffer) { buffer_ = std::move(buffer); }
  /// Where the next bytes go. REQUIRES: has_buffer().
  std::span<std::byte> space();
  /// `count` bytes of space() are valid now; wakes who waits for them. Turns whole with the last one.
  void advance(std::uint32_t count);
  /// The slice ends here: the object's length was unknown, and this is its last one. REQUIRES: filled() > 0.
  void end_here();
  /// Nobody fills it any more; readers look again, and may fill it themselves.
  void abandon();

  // --- readers ---
  std::uint32_t filled() const { return filled_.load(std::memory_order_acquire); }
  std::span<const std::byte> bytes(std::uint32_t begin, std::uint32_t end) const {
    return {buffer_.data() + begin, end - begin};
  }
  State state() const { return state_.load(std::memory_order_acquire); }
  /// True if `wakeup` will be notified of the next change; false if there is news already: bytes past `from`, or
  /// an end of the filling.
  bool wait_beyond(std::uint32_t from, const std::shared_ptr<net::Wakeup>& wakeup);

 private:
  void settle(State state);

  const std::uint32_t number_;
  std::uint32_t length_;
  const std::shared_ptr<FillInterest> interest_;
  SliceBuffer buffer_;
  std::atomic<std::uint32_t> filled_{0};
  std::atomic<State> state_{State::kFilling};
  std::mutex mutex_;
  std::vector<std::shared_ptr<net::Wakeup>> waiting_;
};

}  // namespace larder::cache
