// Epochs: which drives were in use together, and when; so which records can be the last word on their keys.
//
// A slice goes to the drive that its key chooses among those in use. While a drive is away, others get what is written
// of its keys; and what is evicted from them leaves no trace. So a record is surely the newest of its key only if its
// drive was in use, and chosen, in every epoch from its own to the last. Slices of a body need no such care (their keys
// name their version); descriptions do: an old one would bring an old version of its URL back.
//
// Threads    a value.
// Source     docs/decisions/0013-drives-that-return.md; docs/formats/segment.md has the file.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "storage/segment_format.h"
#include "storage/slice_key.h"

namespace larder::storage {

struct DriveInUse {
  DriveId id{};
  std::uint64_t size = 0;  // its weight when drives are chosen

  friend bool operator==(const DriveInUse&, const DriveInUse&) = default;
};

/// A time in which the same drives were in use.
struct Epoch {
  std::uint64_t number = 0;         // of the last start in it; a drive that knows only a lower one was away since
  std::uint64_t first_segment = 0;  // segments begun in it have this id or a higher one
  std::vector<DriveInUse> drives;   // in the order of their ids

  friend bool operator==(const Epoch&, const Epoch&) = default;
};

class Epochs {
 public:
  /// More are not kept: what is older is no longer relied on.
  static constexpr std::size_t kMost = 64;

  /// What a drive that is in use from now on says of the past.
  struct Word {
    enum class Kind {
      kNothing,  // never said: it is new, or was written before there were epochs
      kDamaged,  // cannot be read any more
      kEpochs,
    };
    DriveInUse drive;
    Kind kind = Kind::kNothing;
    std::vector<Epoch> epochs;  // kEpochs: not empty
  };

  Epochs() = default;
  explicit Epochs(std::vector<Epoch> all) : all_(std::move(all)) {}

  /// A start with the drives that `words` are from. `next_segment` is above every segment id on them.
  static Epochs at_start(std::span<const Word> words, std::uint64_t next_segment);
  /// The drive goes out of use; what is written elsewhere from `next_segment` on may replace what it holds.
  void leave(const DriveId& drive, std::uint64_t next_segment);

  /// Whether a record of `key` in that segment of that drive can have been replaced only by one on the same drive.
  bool relies_on(const SliceKey& key, const SegmentIdentity& where) const;
  /// Whether segment `a` was begun after segment `b`. Ids alone tell it within one epoch only.
  bool later(const SegmentIdentity& a, const SegmentIdentity& b) const;

  const std::vector<Epoch>& all() const { return all_; }
  /// Ids of segments to come are not below this.
  std::uint64_t first_segment() const { return all_.empty() ? 0 : all_.back().first_segment; }

 private:
  /// The epoch that a segment was begun in; nothing if it is of none of these.
  std::optional<std::size_t> epoch_of(const SegmentIdentity& segment) const;
  void append(std::uint64_t first_segment, std::vector<DriveInUse> drives);

  std::vector<Epoch> all_;  // the oldest first; never two in a row with the same drives, but for one that was away
};

/// The file of a drive (docs/formats/segment.md).
std::string serialize(std::span<const Epoch> epochs);
/// Errors: kCorrupt.
Result<std::vector<Epoch>> parse_epochs(std::string_view text);

}  // namespace larder::storage
