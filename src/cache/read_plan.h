// ReadPlan: which slices of an object one reader wants to be on their way while it is at one of them.
//
// A window ahead of the reader, in whole runs: a request to the origin for every slice that the window moves on would
// be many. Each run is one request, so that a window is as many origin connections wide as it has runs. It is as wide
// as what the reader gets through in a few seconds: on a line that is full, further runs would only take from the one
// that is due.
//
// A value without I/O. Threads: one.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

#include "core/clock.h"
#include "storage/slice_key.h"

namespace larder::cache {

class ReadPlan {
 public:
  static constexpr std::uint32_t kRunSlices = 8;      // at most, in one request to the origin
  static constexpr std::uint32_t kWindowSlices = 32;  // at most
  static constexpr auto kAhead = std::chrono::seconds(2);
  static constexpr std::uint64_t kTelling = 256ULL << 10;  // bytes that tell how fast a line is, and no buffer on it

  struct Run {
    std::uint32_t first = 0;
    std::uint32_t count = 0;
  };

  /// For the slices [first, last] of an object of `slice_count`, and `ahead` more that are read for the next request.
  /// REQUIRES: first <= last < slice_count.
  ReadPlan(std::uint32_t first, std::uint32_t last, std::uint32_t ahead, std::uint32_t slice_count)
      : range_last_(last), last_(std::min(last + ahead, slice_count - 1)), planned_end_(first) {}

  std::uint32_t last() const { return last_; }

  /// The reader has come to slice `number`, which is not before the last one.
  void reach(std::uint32_t number, SteadyTime now) {
    if (began_ && number > from_) {
      const std::int64_t in_time = slices_in_time(now, (number - from_) * storage::kSliceSize);
      is_slow_ = in_time < kRunSlices;
      window_ = window_of(in_time);
      knows_pace_ = true;
    }
    if (began_ && number < from_ + kRunSlices) return;
    from_ = number;
    began_ = now;
  }

  /// The reader is still in the slice that it came to first, and has read `bytes` of it. True: the window is wider now.
  bool reach_within(std::uint64_t bytes, SteadyTime now) {
    if (knows_pace_ || !began_ || bytes < kTelling) return false;
    const std::uint32_t before = std::exchange(window_, std::max(window_, window_of(slices_in_time(now, bytes))));
    return window_ > before;
  }

  /// The next run that is to be looked at while the reader is at `number`; nothing: none. Ends with looked_at().
  std::optional<Run> next(std::uint32_t number) {
    const std::uint32_t end = std::min(number + window_, last_ + 1);
    planned_end_ = std::max(planned_end_, number);
    // On a line that is full, a second request would only take from the first, and from other readers.
    const bool is_rest = end == last_ + 1 && (!is_slow_ || planned_end_ == number);
    const bool worth_a_request = end - planned_end_ >= kRunSlices || is_rest;
    if (planned_end_ >= end || !worth_a_request) return std::nullopt;
    return Run{planned_end_, std::min(kRunSlices, end - planned_end_)};
  }
  /// Of the run that next() gave so many slices are on their way now; 0: its first slice was there.
  void looked_at(std::uint32_t count) { planned_end_ += std::max(1U, count); }

  /// The run to ask for with a slice that is needed now.
  Run run_at(std::uint32_t number) const { return {number, std::min(kRunSlices, last_ + 1 - number)}; }
  /// Whether a run has slices that this reader will not send: they are for the client's next request.
  bool reads_ahead(std::uint32_t run_end) const { return run_end > range_last_ + 1; }

 private:
  /// How many slices come within kAhead if `bytes` came since began_.
  std::int64_t slices_in_time(SteadyTime now, std::uint64_t bytes) const {
    const std::chrono::duration<double> taken = now - *began_;
    const std::chrono::duration<double> each = taken * (static_cast<double>(storage::kSliceSize) / bytes);
    return each * kWindowSlices <= kAhead ? kWindowSlices : static_cast<std::int64_t>(kAhead / each);
  }
  static std::uint32_t window_of(std::int64_t slices) {
    return static_cast<std::uint32_t>(std::clamp<std::int64_t>(slices, kRunSlices, kWindowSlices));
  }

  std::uint32_t range_last_;
  std::uint32_t last_;         // of the slices that are to be there: the range's and what is read ahead
  std::uint32_t planned_end_;  // slices before this were looked at
  std::uint32_t window_ = kRunSlices;
  bool knows_pace_ = false;  // of a slice, at least
  bool is_slow_ = false;     // a run takes it longer than kAhead
  std::uint32_t from_ = 0;   // where the measuring of the last slices began, and when
  std::optional<SteadyTime> began_;
};

}  // namespace larder::cache
