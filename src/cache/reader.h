// Reader: one range of one object, front to back, from wherever its bytes are: disk, memory, or on their way.
//
// Nothing is held between two pieces: a reader that was slow finds the slice where it is by now, on disk as a rule, so
// slow clients hold neither fill memory nor evicted files.
//
// Threads    the loop of its fills.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "cache/confirmation.h"
#include "cache/fills.h"
#include "cache/hot_slices.h"
#include "cache/look_up.h"
#include "cache/read_plan.h"
#include "http/range.h"

namespace larder::cache {

// Piece: bytes that can be sent now; valid until its end.
struct Piece {
  std::optional<storage::StoredSlice> stored;  // else:
  std::shared_ptr<FillingSlice> filling;
  std::uint32_t begin = 0;  // in the slice
  std::uint32_t end = 0;
  bool own_fill = false;  // the origin was asked for it because of this reader

  std::uint32_t size() const { return end - begin; }
};

class Reader {
 public:
  /// The references must outlive it. `range` may end at kUnknownTotal, of an object whose length is not known yet: it
  /// ends where the object does.
  Reader(Fills& fills, Found found, std::shared_ptr<const origin::OriginRequest> request, http::ByteRange range);
  ~Reader();
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  enum class Start {
    kReady,     // all of the range can be expected to come
    kFindAnew,  // the object has changed, or parts of it can never be had again
    kForward,   // it would take longer than a client waits: the origin has to answer this request itself
    kRefused,   // the origin refuses what is missing of it: what it says of this request is its own to say
  };
  /// Nothing has to be asked before the first byte: confirm() would not wait.
  bool is_confirmed() const;
  /// Waits, if the range cannot be had without the origin, until that has said that this version is still its own:
  /// called before the first byte, so that no client gets the beginning of one version and is then told of another.
  /// Errors: those of at(), but for kConflict.
  Task<Result<Start>> confirm(Deadline deadline);

  /// Whether more of the version can be fetched, if it is missing.
  bool completable() const { return completable_; }
  /// Whether the object has been purged since this reader was made.
  bool is_purged() const { return cache_.purges().concern(request_->target, purges_); }
  /// Whether the range begins far behind what has come of an object that is one response.
  bool is_far_off() const;
  /// Whether there is nothing (more) at `position`.
  bool is_end(std::uint64_t position) const {
    return position >= std::min<std::uint64_t>(range_.end, found_.object->total());
  }
  /// The bytes from `position` on, as many as are at hand in its slice; none if the object turns out to end there.
  /// REQUIRES: !is_end(position), never going back.
  /// Errors: kTimeout (none came before `deadline`), kConflict (the object has changed, the rest is not to be had),
  /// kNoSpace (too many reads wait for the drives), kUnavailable, kCorrupt, kRefused, as the fill says.
  Task<Result<Piece>> at(std::uint64_t position, Deadline deadline);

  /// The piece if it is on disk and in the page cache: no waiting, no coroutine.
  std::optional<Piece> try_at(std::uint64_t position);

 private:
  struct Claimed {
    std::uint32_t first;
    std::uint32_t end;
  };

  std::uint32_t number_of(std::uint64_t position) const;
  std::uint32_t end_in_slice(std::uint32_t number) const;
  bool own(std::uint32_t number) const;
  bool has_what_has_come() const;
  SliceStanding standing(std::uint32_t number);
  /// Nothing if the origin has said something about the slice, or it is no longer asked.
  Task<Result<>> wait_for_origin(std::uint32_t number, Deadline deadline);
  Result<SteadyTime> patience_with(const FillInterest& fill, Deadline deadline);
  std::optional<Error> failure_of(const FillInterest& fill);
  /// What is missing of it can never be had again.
  void give_version_up();
  void enter(std::uint64_t position, bool stored);
  void look_ahead(std::uint32_t number);
  /// How many slices were begun: 0 if the first one is there, or on its way.
  std::uint32_t fill_from(ReadPlan::Run wanted, origin::Urgency urgency);
  void fill_needed(std::uint32_t number);
  void take_interest(const std::shared_ptr<FillInterest>& interest);
  bool is_resident(const Piece& piece, SteadyTime now);
  Piece stored_piece(storage::StoredSlice slice, std::uint64_t position) const;
  /// Waits until there is something to take at `position`, or settles why not; an empty result: look again.
  Task<Result<std::optional<Piece>>> from_filling(std::shared_ptr<FillingSlice> slice, std::uint64_t position,
                                                  Deadline deadline);

  Fills& fills_;
  Cache& cache_;
  storage::SliceStore& store_;
  HotSlices& hot_slices_;
  Found found_;
  std::shared_ptr<const origin::OriginRequest> request_;
  const http::ByteRange range_;
  const std::uint64_t purges_;  // the number of the last one when it was made
  const bool never_changes_;    // the content rule or the origin says so
  const bool completable_;      // what is missing of this version can be fetched
  ReadPlan plan_;
  std::uint32_t current_;                                  // the slice that the reader is in
  std::optional<SteadyTime> in_line_since_;                // behind fills with another query that are silent
  int others_failures_ = 0;                                // of fills with another query, which do not count as looks
  bool entered_ = false;                                   // current_ was looked at
  origin::Urgency urgency_ = origin::Urgency::kFirstByte;  // of what it waits for
  SteadyTime ready_until_{};  // current_ was found verified and in the page cache: so long it is taken for that
  std::vector<Claimed> claimed_;
  std::vector<std::shared_ptr<FillInterest>> interests_;  // oldest first
  std::shared_ptr<net::Wakeup> wakeup_;                   // made when first needed: hits never are
};

}  // namespace larder::cache
