// Scrubber: reads what a drive holds from its device, little by little, and drops what has rotted there.
//
// It reads past the page cache (Disk::read_device()): what is in memory says nothing of the device, and what is hot
// stays there. What it finds good is not marked as verified for readers: they send what is in memory.
//
// Owns       its thread.
// Threads    start(), stop() by the owner; step() by the thread or, without one, by any one; status() and order_walk()
//            from any.
// Cancel     stop() waits for one read at most.
// Crash      goes on where it was, a minute at most before.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "core/bytes.h"
#include "core/clock.h"
#include "storage/scrub_walk.h"
#include "storage/segment_log.h"
#include "storage/segment_reader.h"
#include "storage/slice_store.h"

namespace larder::storage {

class Drive;

class Scrubber {
 public:
  /// What a step did.
  struct Step {
    bool worked = false;      // false: no walk is due, or nothing is there to walk over
    std::uint64_t bytes = 0;  // read
  };

  /// Of a walk that is ordered where none is due by itself.
  static constexpr std::uint64_t kOrderedRate = 10 * kMiB;

  Scrubber(Drive& drive, SegmentLog& log, SegmentLog::Shared shared, const Clock& clock);
  ~Scrubber();
  Scrubber(const Scrubber&) = delete;
  Scrubber& operator=(const Scrubber&) = delete;

  /// Takes up what an earlier run wrote down. Before the first step.
  void recover();
  /// Reads `rate` bytes a second on a thread of its own, whenever a walk is due; 0: only what is ordered.
  void start(unsigned number, std::uint64_t rate);
  void stop();
  /// Begins a walk now, whether one is due or not, at `rate` bytes a second (0: start()'s, or kOrderedRate without it)
  /// until its end. One that is under way goes on, at that rate; whether there is one. From any thread.
  bool order_walk(std::uint64_t rate);

  /// Reads and compares the next slices, one read's worth; a walk that is not `due` begins only if `at_once`.
  Step step(bool at_once);

  ScrubStatus status() const;

 private:
  using Buffer = std::unique_ptr<std::byte, void (*)(void*)>;

  void run();
  /// Until `next` (SteadyTime::max(): never), an order, or the stop, which it answers with false. REQUIRES: `lock`.
  bool sleep(std::unique_lock<std::mutex>& lock, SteadyTime next);
  bool enter_next_segment(bool at_once);
  void leave_segment();
  bool is_at(const Place& place, const TableEntry& entry) const;
  bool is_live(const TableEntry& entry) const;
  void expect_to_be_read(const TableEntry& entry);
  std::uint64_t check(const ScrubRead& read);
  void check_entry(const TableEntry& entry, std::span<const std::byte> bytes);
  void keep_state(bool now);
  void publish(std::span<const ScrubWalk::Segment> there);

  Drive& drive_;
  SegmentLog& log_;
  SegmentLog::Shared shared_;
  const Clock& clock_;
  Buffer buffer_{nullptr, std::free};  // ScrubRead::kMost bytes, at a page; null: none is needed now

  ScrubWalk walk_;
  std::shared_ptr<const Segment> segment_;  // that it is in
  std::vector<TableEntry> entries_;
  std::size_t at_ = 0;  // the next of them
  SteadyTime kept_{};   // when the state was last written down

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  ScrubStatus status_;
  std::uint64_t rate_ = 0;              // bytes a second of walks that are due; 0: none is
  std::optional<std::uint64_t> order_;  // the rate of a walk that was ordered and not begun
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace larder::storage
