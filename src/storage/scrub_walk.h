// What a scrubber decides: where it goes on, how much it reads at a time, and when.
//
// A walk takes the segments that a drive has when it begins, oldest first, and each from front to back. Where it stands
// is the id of a segment: those that were evicted are no part of it any more, and it goes on after a restart.
//
// Threads    values and pure functions.
// Source     docs/decisions/0013-drives-that-return.md has the reasons for the figures.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/clock.h"
#include "core/result.h"
#include "storage/segment_format.h"

namespace larder::storage {

class ScrubWalk {
 public:
  struct Segment {
    std::uint64_t id = 0;
    std::uint64_t size = 0;
  };

  /// From the beginning of one walk to that of the next: what was read yesterday need not be read again.
  static constexpr auto kBetweenWalks = std::chrono::hours(24);

  bool under_way() const { return until_ != 0; }
  /// Whether a walk may begin: none is under way, and the last began long enough ago, or in a future that a clock
  /// showed once.
  bool due(WallTime now) const;
  /// All of `there`, in the order of their ids. REQUIRES: none is under way.
  void begin(std::span<const Segment> there, WallTime now);
  /// The segment that comes next in the walk; nothing: it has ended. REQUIRES: under_way().
  std::optional<std::uint64_t> next(std::span<const Segment> there) const;
  /// The segment was looked at, or cannot be.
  void pass(std::uint64_t segment) { passed_ = segment; }
  void end(WallTime now);

  /// Of the bytes that the walk is about; 100 if none is under way and one was, 0 before the first.
  double percent(std::span<const Segment> there) const;
  std::optional<WallTime> last_end() const { return ended_; }

  /// The file of a drive (docs/formats/segment.md).
  std::string serialize() const;
  /// Errors: kCorrupt.
  static Result<ScrubWalk> parse(std::string_view text);

 private:
  std::uint64_t until_ = 0;   // the last segment of the walk; 0: none is under way
  std::uint64_t passed_ = 0;  // the last one that was looked at
  std::optional<WallTime> began_;
  std::optional<WallTime> ended_;
};

/// A run of records that is read in one go.
struct ScrubRead {
  std::size_t first = 0;  // of the table's entries
  std::size_t end = 0;    // behind the last
  std::uint64_t offset = 0;
  std::uint64_t length = 0;  // both of whole pages

  static constexpr std::uint64_t kMost = kSliceSize + 2 * kPageSize;  // one slice and the page of its header
};

/// The next entries to read from `from` on, of those that are `wanted(entry)`; nothing: there are none left.
template <class Wanted>
std::optional<ScrubRead> next_scrub_read(std::span<const TableEntry> entries, std::size_t from, Wanted wanted) {
  const auto begin_of = [](const TableEntry& entry) { return (entry.offset - kBlockSize) / kPageSize * kPageSize; };
  const auto end_of = [](const TableEntry& entry) {
    return (std::uint64_t{entry.offset} + entry.length + kPageSize - 1) / kPageSize * kPageSize;
  };
  while (from < entries.size() && !wanted(entries[from])) ++from;
  if (from == entries.size()) return std::nullopt;
  ScrubRead read{from, from + 1, begin_of(entries[from]), 0};
  std::uint64_t end = end_of(entries[from]);
  while (read.end < entries.size() && wanted(entries[read.end]) &&
         end_of(entries[read.end]) - read.offset <= ScrubRead::kMost) {
    end = end_of(entries[read.end++]);
  }
  read.length = end - read.offset;
  return read;
}

class ScrubPace {
 public:
  /// `rate`: bytes a second, not 0.
  explicit ScrubPace(std::uint64_t rate) : rate_(rate) {}

  /// When the first read may begin after a start of the program: a minute later, or sooner if the rate is higher than
  /// usual. Until then clients' first requests have the drive.
  SteadyTime first(SteadyTime started) const;
  /// When the next read may begin after one of `bytes` that took from `began` to `ended`. A drive that is slow, as
  /// others use it, is left alone for as long as the read took; what was missed is not made up for.
  SteadyTime next(std::uint64_t bytes, SteadyTime began, SteadyTime ended) const;

 private:
  static constexpr std::uint64_t kReadBeforeStart = 600 * kMiB;  // a minute at the default rate

  std::uint64_t rate_;
};

}  // namespace larder::storage
