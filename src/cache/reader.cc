#include "cache/reader.h"

#include <algorithm>
#include <utility>

#include "net/blocking.h"

namespace larder::cache {
namespace {

using storage::kSliceSize;

// Fills that one reader takes part in: those of its window, and the one it is leaving.
constexpr std::size_t kInterests = ReadPlan::kWindowSlices / ReadPlan::kRunSlices + 4;
// A reader looks for its slice again this often before it gives up: each time somebody else gave up filling it.
constexpr int kLooks = 8;
// How long a reader waits for an origin's first word to somebody who asked in other words, before it asks itself; and
// so many failures of theirs are none of its own looks.
constexpr auto kOthersPatience = std::chrono::seconds(3);
constexpr int kOthersFailures = 1000;
// Of their silences, one after the other, before its request is forwarded instead.
constexpr auto kAllOthersPatience = 2 * kOthersPatience;
// Slices of a long range that are looked for before others on this loop have their turn.
constexpr std::uint32_t kLookedAtInTurn = 512;
// Slices of an object without an end that are looked for.
constexpr std::uint32_t kMostPassed = 4096;

http::ByteRange bounded(http::ByteRange range) {
  constexpr std::uint64_t kMost = storage::kMetaSlice * kSliceSize;
  return {std::min(range.begin, kMost - 1), std::min(range.end, kMost)};
}

/// What a reader is told whose bytes have not come in time: by whose fault.
Error too_late(const FillInterest& fill) {
  if (!fill.lacks_memory()) return Error(Errc::kTimeout, "no bytes from the origin in time");
  return Error(Errc::kNoSpace, "the fill memory (limits.fill_memory) is in use, and none of it came free in time");
}

}  // namespace

Reader::Reader(Fills& fills, Found found, std::shared_ptr<const origin::OriginRequest> request, http::ByteRange range)
    : fills_(fills),
      cache_(fills.cache()),
      store_(cache_.store()),
      hot_slices_(fills.hot_slices()),
      found_(std::move(found)),
      request_(std::move(request)),
      range_(bounded(range)),
      purges_(cache_.purges().last()),
      never_changes_(request_->target.rule->never_changes(request_->target.path()) ||
                     found_.object->never_changes(cache_.clock().now())),
      completable_(found_.object->completable(never_changes_)),
      plan_(number_of(range_.begin), number_of(range_.end - 1), found_.object->note_request(range_),
            found_.object->slice_count()),
      current_(number_of(range_.begin)) {
  found_.object->enter();
  if (found_.own_count > 0) claimed_.push_back({found_.own_first, found_.own_first + found_.own_count});
}

Reader::~Reader() {
  found_.object->leave(cache_.clock().now());
  for (const auto& interest : interests_) interest->remove();
}

std::uint32_t Reader::number_of(std::uint64_t position) const {
  return static_cast<std::uint32_t>(position / kSliceSize);
}

std::uint32_t Reader::end_in_slice(std::uint32_t number) const {
  const std::uint64_t begin = number * kSliceSize;
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(found_.object->slice_length(number), range_.end - begin));
}

bool Reader::own(std::uint32_t number) const {
  return std::any_of(claimed_.begin(), claimed_.end(),
                     [&](const Claimed& run) { return number >= run.first && number < run.end; });
}

void Reader::enter(std::uint64_t position, bool stored) {
  const std::uint32_t number = number_of(position);
  if (entered_ && number == current_) {
    if (!stored && plan_.reach_within(position - range_.begin, cache_.clock().now())) look_ahead(number);
    return;
  }
  entered_ = true;
  current_ = number;
  ready_until_ = {};
  plan_.reach(number, cache_.clock().now());
  found_.object->note_read(number);
  if (!stored || number < plan_.last()) look_ahead(number);
}

void Reader::look_ahead(std::uint32_t number) {
  if (!completable_) return;
  if (!found_.object->ranges()) return;  // one fill brings everything: at() starts it if need be
  while (const auto run = plan_.next(number)) {
    const bool needed = run->first == number;
    plan_.looked_at(fill_from(*run, needed ? urgency_ : origin::Urgency::kReadAhead));
  }
}

std::uint32_t Reader::fill_from(ReadPlan::Run wanted, origin::Urgency urgency) {
  Object& object = *found_.object;
  const std::uint32_t number = wanted.first;
  if (store_.contains(object.key(number))) return 0;
  const auto interest = std::make_shared<FillInterest>(request_);
  const std::uint32_t count = object.claim(number, wanted.count, store_, interest);
  if (count == 0) return 0;
  take_interest(interest);
  interest->turn()->join(request_->client, urgency);
  claimed_.push_back({number, number + count});
  Fill::Job job;
  job.entry = found_.entry;
  job.request = request_;
  job.object = found_.object;
  job.first = number;
  job.count = count;
  job.interest = interest;
  // What is read ahead is for the client's next request, and this reader may be gone before it.
  job.committed = plan_.reads_ahead(number + count);
  fills_.start(std::move(job));
  return count;
}

void Reader::fill_needed(std::uint32_t number) {
  ReadPlan::Run run = plan_.run_at(number);
  if (!found_.object->ranges()) run.count = 1;  // the origin sends everything: that claims the rest
  fill_from(run, urgency_);
}

void Reader::take_interest(const std::shared_ptr<FillInterest>& interest) {
  if (std::find(interests_.begin(), interests_.end(), interest) != interests_.end()) return;
  interest->add();
  interests_.push_back(interest);
  if (interests_.size() > kInterests) {
    interests_.front()->remove();
    interests_.erase(interests_.begin());
  }
}

Piece Reader::stored_piece(storage::StoredSlice slice, std::uint64_t position) const {
  Piece piece;
  piece.stored = std::move(slice);
  piece.begin = static_cast<std::uint32_t>(position % kSliceSize);
  piece.end = end_in_slice(current_);
  piece.own_fill = own(current_);
  return piece;
}

std::optional<Piece> Reader::try_at(std::uint64_t position) {
  const std::uint32_t number = number_of(position);
  if (position > range_.begin) urgency_ = origin::Urgency::kAwaited;
  auto stored = store_.find(found_.object->key(number));
  enter(position, stored.has_value());
  if (!stored || !stored->verified()) return std::nullopt;
  Piece piece = stored_piece(*std::move(stored), position);
  const SteadyTime now = cache_.clock().now();
  if (now >= ready_until_) {
    if (!is_resident(piece, now)) return std::nullopt;
    // Another loop may have had it read again between the two looks, and that is not compared yet.
    const auto again = store_.find(found_.object->key(number));
    if (!again || !again->verified()) return std::nullopt;
    ready_until_ = now + HotSlices::kHot;
  }
  return piece;
}

bool Reader::is_resident(const Piece& piece, SteadyTime now) {
  const storage::SliceKey key = found_.object->key(current_);
  if (hot_slices_.contains(key, now)) return true;
  if (!store_.resident(*piece.stored, piece.begin, piece.end)) return false;
  // Only what was looked at counts: else one that is asked for all the time would never be looked at again.
  if (piece.begin == 0 && piece.end == found_.object->slice_length(current_)) hot_slices_.note(key, now);
  return true;
}

void Reader::give_version_up() {
  cache_.forget(*found_.entry, request_->target.key, found_.object, UrlEntry::Why::kIncomplete);
}

SliceStanding Reader::standing(std::uint32_t number) {
  const storage::SliceKey key = found_.object->key(number);
  SliceStanding standing;
  standing.until = number + 1;
  standing.stored = store_.contains(key);
  if (standing.stored) return standing;
  const auto underway = found_.object->underway(number);
  if (!underway) {
    standing.stored = store_.contains(key);  // it may have gone there meanwhile
    return standing;
  }
  standing.filling = true;
  standing.state = underway->state;
  standing.origin = underway->origin;
  standing.until = underway->until;
  // What is further on comes while the client gets what is before it.
  if (number == number_of(range_.begin) && found_.object->ranges()) standing.far_off = is_far_off();
  return standing;
}

bool Reader::is_far_off() const {
  const std::uint32_t number = number_of(range_.begin);
  if (completable_ || number < ReadPlan::kRunSlices) return false;
  const auto underway = found_.object->underway(number);
  if (!underway || underway->begun) return false;
  const auto before = found_.object->underway(number - ReadPlan::kRunSlices);
  return before && before->state == FillingSlice::State::kFilling;
}

Task<Result<>> Reader::wait_for_origin(std::uint32_t number, Deadline deadline) {
  const std::shared_ptr<FillingSlice> slice = found_.object->filling(number);
  if (!slice) co_return Result<>();
  const std::shared_ptr<FillInterest> interest = slice->shared_interest();
  take_interest(interest);
  interest->turn()->join(request_->client, urgency_);
  if (!wakeup_) wakeup_ = net::Wakeup::make(fills_.executor());
  wakeup_->arm();
  CO_TRY(const SteadyTime until, patience_with(*interest, deadline));
  bool heard = !interest->wait_for_origin(wakeup_);
  if (!heard) heard = co_await wakeup_->wait(until);
  if (!heard) {
    if (deadline.passed(cache_.clock().now())) {
      co_return fail(Errc::kTimeout, "the origin has not answered in time");
    }
    found_.object->take_over(number);
    co_return Result<>();
  }
  if (interest->origin() == FillInterest::Origin::kConfirmed) co_return Result<>();
  if (auto error = failure_of(*interest)) co_return std::unexpected<Error>(*std::move(error));
  co_return Result<>();
}

/// Until when to wait for a fill that may be silent. Of those of others, who asked in other words, there may be a long
/// line: as long as the client has nothing, there is a way out of it.
Result<SteadyTime> Reader::patience_with(const FillInterest& fill, Deadline deadline) {
  const auto& asked = fill.asked();
  const bool is_silent = fill.origin() == FillInterest::Origin::kAsked;
  if (!is_silent || !asked || same_request(asked->target, request_->target)) return deadline.time();
  const SteadyTime now = cache_.clock().now();
  if (!in_line_since_) in_line_since_ = now;
  if (urgency_ == origin::Urgency::kFirstByte && now - *in_line_since_ >= kAllOthersPatience) {
    return fail(Errc::kRefused, "the origin does not answer others who asked for this part before");
  }
  return std::min(deadline.time(), now + kOthersPatience);
}

/// Why this reader will not get the slice either; nothing: it may try itself.
std::optional<Error> Reader::failure_of(const FillInterest& fill) {
  const auto failure = fill.failure();
  if (!failure) return std::nullopt;
  const auto& asked = fill.asked();
  const bool is_mine = !asked || holds_for(failure->error, failure->is_for_all, asked->target, request_->target);
  if (is_mine) return failure->error;
  ++others_failures_;
  return std::nullopt;
}

bool Reader::is_confirmed() const {
  const std::uint64_t total = found_.object->total();
  if (total == 0) return true;
  if (total == kUnknownTotal) return has_what_has_come();
  if (never_changes_ || (completable_ && found_.confirmed)) return true;
  // Of a single slice the first byte is either stored with all the others, or comes from an origin that has confirmed
  // it.
  return completable_ && number_of(range_.begin) == number_of(std::min(range_.end, total) - 1);
}

/// Of an object whose end is not told: the one response that brings it is on its way, and what has come of it is still
/// there, unless no drive took it.
bool Reader::has_what_has_come() const {
  const std::uint32_t first = number_of(range_.begin);
  for (std::uint32_t number = first; number - first < kMostPassed; ++number) {
    const storage::SliceKey key = found_.object->key(number);
    if (store_.contains(key)) continue;
    const auto underway = found_.object->underway(number);
    if (!underway && !store_.contains(key)) return false;  // else it went there meanwhile
    if (underway && underway->state != FillingSlice::State::kWhole) return true;
  }
  return true;
}

Task<Result<Reader::Start>> Reader::confirm(Deadline deadline) {
  if (is_confirmed()) co_return Start::kReady;
  const std::uint32_t first = number_of(range_.begin);
  const std::uint64_t end = std::min(range_.end, found_.object->total());
  const std::uint32_t last = end == kUnknownTotal ? first + kMostPassed : number_of(end - 1);
  int looks = 0;
  std::uint32_t seen = 0;
  for (std::uint32_t number = first; number <= last;) {
    const SliceStanding slice = standing(number);
    switch (confirm_step(slice, {found_.object->superseded(), completable_})) {
      case ConfirmStep::kReady: co_return Start::kReady;
      case ConfirmStep::kForward: co_return Start::kForward;
      case ConfirmStep::kNext:
        number = slice.until;
        if (++seen % kLookedAtInTurn != 0) continue;
        co_await asio::post(fills_.executor(), asio::use_awaitable_t<Executor>{});
        if (deadline.passed(cache_.clock().now())) co_return fail(Errc::kTimeout, "too many slices to look for");
        continue;
      case ConfirmStep::kFindAnew:
        if (!completable_) give_version_up();
        co_return Start::kFindAnew;
      case ConfirmStep::kFill: fill_needed(number); break;
      case ConfirmStep::kWait:
        if (auto told = co_await wait_for_origin(number, deadline); !told) {
          if (told.error().code == Errc::kConflict) co_return Start::kFindAnew;
          co_return std::unexpected<Error>(std::move(told).error());
        }
        break;
    }
    if (deadline.passed(cache_.clock().now())) co_return fail(Errc::kTimeout, "the origin has not answered in time");
    if (++looks >= 2 * kLooks + std::min(others_failures_, kOthersFailures)) {
      co_return fail(Errc::kUnavailable, "the origin does not say whether its version still holds");
    }
  }
  co_return Start::kReady;
}

Task<Result<Piece>> Reader::at(std::uint64_t position, Deadline deadline) {
  const storage::SliceKey key = found_.object->key(number_of(position));
  for (int look = 0; look < kLooks + std::min(others_failures_, kOthersFailures); ++look) {
    if (is_end(position)) co_return Piece();
    if (auto piece = try_at(position)) co_return *std::move(piece);
    if (store_.contains(key)) {
      // Not in memory, or not checked since the start: a disk thread reads all of it, then it can be sent.
      auto load = [&store = store_, key] { return store.load(key); };
      const auto loaded = co_await net::run_blocking(cache_.disk_pool(), fills_.executor(), load);
      if (loaded) {
        ready_until_ = cache_.clock().now() + HotSlices::kHot;
        continue;
      }
      // The drive is still in use, so it was not even tried. Bytes that were not compared are not sent.
      if (loaded.error().code == Errc::kUnavailable && store_.contains(key)) {
        co_return fail(Errc::kNoSpace, "too many reads wait for the drives");
      }
      continue;
    }
    std::shared_ptr<FillingSlice> filling = found_.object->filling(current_);
    if (!filling) {
      if (store_.contains(key)) continue;  // it went there meanwhile
      if (found_.object->superseded()) co_return fail(Errc::kConflict, "the object has changed at its origin");
      if (!completable_) {
        give_version_up();
        co_return fail(Errc::kConflict,
                       "a part of the object is no longer stored, and no other response may be put beside it");
      }
      fill_needed(current_);
      filling = found_.object->filling(current_);
      if (!filling) continue;  // it went into the store meanwhile
    }
    const std::shared_ptr<FillInterest> interest = filling->shared_interest();
    take_interest(interest);
    CO_TRY(auto piece, co_await from_filling(std::move(filling), position, deadline));
    if (piece) co_return *std::move(piece);
    if (auto error = failure_of(*interest)) co_return std::unexpected<Error>(*std::move(error));
    if (deadline.passed(cache_.clock().now())) co_return std::unexpected<Error>(too_late(*interest));
  }
  co_return fail(Errc::kUnavailable, "the slice at byte {} could be had neither from disk nor from the origin",
                 position);
}

Task<Result<std::optional<Piece>>> Reader::from_filling(std::shared_ptr<FillingSlice> slice, std::uint64_t position,
                                                        Deadline deadline) {
  take_interest(slice->shared_interest());
  slice->interest().turn()->join(request_->client, urgency_);
  const auto begin = static_cast<std::uint32_t>(position % kSliceSize);
  for (;;) {
    const std::uint32_t filled = slice->filled();
    if (filled > begin) {
      Piece piece;
      piece.begin = begin;
      piece.end = std::min(filled, end_in_slice(current_));
      piece.own_fill = own(current_);
      piece.filling = std::move(slice);
      co_return std::optional<Piece>(std::move(piece));
    }
    switch (slice->state()) {
      case FillingSlice::State::kAbandoned:
      case FillingSlice::State::kWhole: co_return std::optional<Piece>();
      case FillingSlice::State::kFilling: break;
    }
    if (!wakeup_) wakeup_ = net::Wakeup::make(fills_.executor());
    wakeup_->arm();
    if (!slice->wait_beyond(begin, wakeup_)) continue;
    CO_TRY(const SteadyTime until, patience_with(slice->interest(), deadline));
    if (co_await wakeup_->wait(until)) continue;
    if (deadline.passed(cache_.clock().now())) co_return std::unexpected<Error>(too_late(slice->interest()));
    found_.object->take_over(slice->number());
  }
}

}  // namespace larder::cache
