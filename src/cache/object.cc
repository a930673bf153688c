#include "cache/object.h"

#include <algorithm>
#include <utility>

#include "cache/versions.h"
#include "http/head_writer.h"

namespace larder::cache {

using storage::kSliceSize;

namespace {

std::shared_ptr<const Object::Shown> make_shown(const ObjectInfo& info, Object::Fields fields) {
  auto shown = std::make_shared<Object::Shown>();
  shown->fields = std::move(fields);
  http::HeadWriter writer(shown->header_lines);
  for (const auto& [name, value] : shown->fields) writer.field(name, value);
  if (!info.etag.empty()) writer.field("ETag", info.etag);
  if (!info.last_modified.empty()) writer.field("Last-Modified", info.last_modified);
  return shown;
}

}  // namespace

Object::Object(ObjectInfo info, Moment now)
    : info_(std::move(info)), total_(info_.total), ranges_(info_.ranges), confirmed_after_(info_.confirmed_after) {
  note_terms(info_);
  shown_ = make_shown(info_, std::exchange(info_.fields, {}));
  set_times(info_, now);
}

void Object::note_terms(const ObjectInfo& info) {
  immutable_.store(is_immutable(info), std::memory_order_relaxed);
  forbidden_.store(is_forbidden(info), std::memory_order_relaxed);
}

void Object::set_times(const ObjectInfo& info, Moment now) {
  // What was asked for in the future was asked for while the calendar was wrong: nobody knows how old it is.
  const bool known = info.born <= now.wall && info.checked <= now.wall;
  const SteadyTime fresh_until = known ? now.steady + (info.fresh_until - now.wall) : now.steady;
  const SteadyTime born = known ? now.steady - (now.wall - info.born) : now.steady;
  fresh_until_.store(fresh_until.time_since_epoch().count(), std::memory_order_relaxed);
  born_.store(born.time_since_epoch().count(), std::memory_order_relaxed);
  const SteadyTime checked = known ? now.steady - (now.wall - info.checked) : now.steady;
  checked_.store(checked.time_since_epoch().count(), std::memory_order_relaxed);
}

std::shared_ptr<const Object::Shown> Object::shown() const {
  const std::lock_guard lock(mutex_);
  return shown_;
}

ObjectInfo Object::info(Moment now) const {
  ObjectInfo info = info_;
  info.fields = shown()->fields;
  info.total = total();
  info.ranges = ranges();
  info.confirmed_after = confirmed_after_.load(std::memory_order_relaxed);
  const SteadyTime fresh_until{SteadyTime::duration(fresh_until_.load(std::memory_order_relaxed))};
  info.fresh_until = now.wall + (fresh_until - now.steady);
  info.born = now.wall - age(now.steady);
  info.checked = now.wall - (now.steady - checked());
  return info;
}

SteadyTime::duration Object::age(SteadyTime now) const {
  return now.time_since_epoch() - SteadyTime::duration(born_.load(std::memory_order_relaxed));
}

void Object::validated(const ObjectInfo& info, Moment now) {
  doubted_.store(false, std::memory_order_relaxed);
  const std::lock_guard lock(mutex_);
  note_terms(info);
  shown_ = make_shown(info, info.fields);
  set_times(info, now);
  const std::uint64_t before = confirmed_after_.load(std::memory_order_relaxed);
  confirmed_after_.store(std::max(before, info.confirmed_after), std::memory_order_relaxed);
}

void Object::heed(PurgeVerdict purges, std::uint64_t number) {
  const std::lock_guard lock(mutex_);
  if (number <= heeded()) return;
  const std::uint64_t by = purges.hard > info_.made_after ? kForEver : std::max(purges.soft, outdated_by_.load());
  outdated_by_.store(by, std::memory_order_relaxed);
  if ((purges.soft != 0 || purges.hard != 0) && outdated()) {
    // What was lent was lent before the origin was to be asked again.
    lent_until_.store(std::numeric_limits<std::int64_t>::min(), std::memory_order_relaxed);
    loans_.clear();
  }
  heeded_.store(number, std::memory_order_release);
}

void Object::lend(SteadyTime now, SteadyTime::duration grace) {
  const std::int64_t until = (now + grace).time_since_epoch().count();
  std::int64_t before = lent_until_.load(std::memory_order_relaxed);
  while (until > before && !lent_until_.compare_exchange_weak(before, until, std::memory_order_relaxed)) {
  }
}

void Object::lend_to(std::uint64_t request, SteadyTime now, SteadyTime::duration grace) {
  if (!may_be_lent()) return;
  const std::lock_guard lock(mutex_);
  auto loan = std::ranges::find(loans_, request, &Loan::request);
  if (loan == loans_.end() && loans_.size() < kLoans) loan = loans_.emplace(loans_.end());
  if (loan == loans_.end()) loan = std::ranges::min_element(loans_, {}, &Loan::until);
  *loan = {request, now + grace};
  has_loans_.store(true, std::memory_order_release);
}

bool Object::usable_for(std::uint64_t request, SteadyTime now) const {
  if (usable(now)) return true;
  if (!has_loans_.load(std::memory_order_acquire) || !may_be_lent()) return false;
  const std::lock_guard lock(mutex_);
  return std::ranges::any_of(loans_, [&](const Loan& each) { return each.request == request && now < each.until; });
}

void Object::set_total(std::uint64_t total) {
  const std::lock_guard lock(mutex_);  // so that filling() and the like see one length
  CHECK(this->total() == kUnknownTotal, "a length that is known does not change");
  total_.store(total, std::memory_order_release);
}

std::uint32_t Object::slice_count() const {
  const std::uint64_t total = this->total();
  if (total == kUnknownTotal) return storage::kMetaSlice;
  return static_cast<std::uint32_t>((total + kSliceSize - 1) / kSliceSize);
}

std::uint32_t Object::slice_length(std::uint32_t number) const {
  const std::uint64_t begin = number * kSliceSize;
  const std::uint64_t total = this->total();
  CHECK(begin < total, "a slice beyond its object's end");
  return static_cast<std::uint32_t>(std::min(kSliceSize, total - begin));
}

const Object::Claimed* Object::claimed(std::uint32_t number) const {
  const auto found =
      std::ranges::find_if(claimed_, [&](const Claimed& each) { return number >= each.first && number < each.end; });
  return found == claimed_.end() ? nullptr : &*found;
}

std::shared_ptr<FillingSlice> Object::make(std::uint32_t number, const std::shared_ptr<FillInterest>& interest) {
  auto slice = std::make_shared<FillingSlice>(number, slice_length(number), interest);
  filling_.emplace(number, slice);
  return slice;
}

std::optional<Object::Underway> Object::underway(std::uint32_t number) const {
  const std::lock_guard lock(mutex_);
  const auto found = filling_.find(number);
  if (found != filling_.end()) {
    const FillingSlice& slice = *found->second;
    return Underway{slice.state(), slice.interest().origin(), slice.filled() > 0, number + 1};
  }
  const Claimed* by = claimed(number);
  if (by == nullptr) return std::nullopt;
  std::uint32_t until = by->end;
  for (const auto& [made, slice] : filling_) {
    if (made > number) until = std::min(until, made);
  }
  return Underway{FillingSlice::State::kFilling, by->interest->origin(), false, until};
}

std::uint64_t Object::underway_count() const {
  const std::lock_guard lock(mutex_);
  std::uint64_t count = 0;
  for (const Claimed& each : claimed_) count += each.end - each.first;
  for (const auto& [number, slice] : filling_) count += claimed(number) == nullptr ? 1 : 0;
  return count;
}

std::shared_ptr<FillingSlice> Object::filling(std::uint32_t number) {
  const std::lock_guard lock(mutex_);
  const auto found = filling_.find(number);
  if (found != filling_.end()) return found->second;
  if (number >= slice_count()) return nullptr;  // taken on before its end was known
  const Claimed* by = claimed(number);
  return by == nullptr ? nullptr : make(number, by->interest);
}

std::uint32_t Object::claim(std::uint32_t first, std::uint32_t most, const storage::SliceStore& store,
                            const std::shared_ptr<FillInterest>& interest) {
  const std::lock_guard lock(mutex_);
  if (superseded()) return 0;
  std::uint32_t number = first;
  for (; number < slice_count() && number - first < most; ++number) {
    // A slice enters the store before it leaves filling_, so under the lock it is always in one of the two.
    if (filling_.contains(number) || claimed(number) != nullptr || store.contains(key(number))) break;
  }
  if (number > first) claimed_.push_back({first, number, interest});
  return number - first;
}

void Object::claim_all(std::uint32_t first, std::uint32_t end, const std::shared_ptr<FillInterest>& interest) {
  const std::lock_guard lock(mutex_);
  std::erase_if(claimed_, [&](const Claimed& each) { return each.interest == interest; });
  if (first < end) claimed_.push_back({first, end, interest});
}

bool Object::is_for(std::uint32_t number, const storage::SliceStore& store, const FillInterest& interest) const {
  const auto found = filling_.find(number);
  if (found == filling_.end()) return !store.contains(key(number));
  return &found->second->interest() == &interest && found->second->state() == FillingSlice::State::kFilling;
}

std::shared_ptr<FillingSlice> Object::take(std::uint32_t number, const storage::SliceStore& store,
                                           const std::shared_ptr<FillInterest>& interest) {
  std::shared_ptr<FillingSlice> silent;
  std::shared_ptr<FillingSlice> taken;
  {
    const std::lock_guard lock(mutex_);
    for (Claimed& each : claimed_) {
      if (each.interest == interest && each.first <= number) each.first = number + 1;
    }
    std::erase_if(claimed_, [](const Claimed& each) { return each.first >= each.end; });
    if (interest->origin() == FillInterest::Origin::kConfirmed) silent = take_from_silent(number);
    if (is_for(number, store, *interest)) {
      const auto found = filling_.find(number);
      taken = found != filling_.end() ? found->second : make(number, interest);
    }
  }
  if (silent) silent->abandon();
  return taken;
}

std::shared_ptr<FillingSlice> Object::take_from_silent(std::uint32_t number) {
  const auto found = filling_.find(number);
  if (found == filling_.end()) return nullptr;
  const bool is_silent = found->second->interest().origin() == FillInterest::Origin::kAsked;
  if (!is_silent || found->second->state() != FillingSlice::State::kFilling) return nullptr;
  std::shared_ptr<FillingSlice> slice = std::move(found->second);
  filling_.erase(found);
  return slice;
}

bool Object::is_missing(std::uint32_t number, const storage::SliceStore& store,
                        const std::shared_ptr<FillInterest>& interest) const {
  const std::lock_guard lock(mutex_);
  return is_for(number, store, *interest);
}

void Object::take_over(std::uint32_t number) {
  std::shared_ptr<FillingSlice> slice;
  {
    const std::lock_guard lock(mutex_);
    slice = take_from_silent(number);
    if (!slice) return;
    // Of what lies behind it the fill keeps nothing either: it would come to the same.
    std::erase_if(claimed_, [&](const Claimed& each) { return each.interest == slice->shared_interest(); });
  }
  slice->abandon();
}

std::vector<std::shared_ptr<FillingSlice>> Object::give_up(const std::shared_ptr<FillInterest>& interest) {
  std::vector<std::shared_ptr<FillingSlice>> left;
  const std::lock_guard lock(mutex_);
  std::erase_if(claimed_, [&](const Claimed& each) { return each.interest == interest; });
  std::erase_if(filling_, [&](const auto& entry) {
    const std::shared_ptr<FillingSlice>& slice = entry.second;
    if (slice->shared_interest() != interest || slice->state() != FillingSlice::State::kFilling) return false;
    left.push_back(slice);
    return true;
  });
  return left;
}

void Object::release(const std::shared_ptr<FillingSlice>& slice) {
  const std::lock_guard lock(mutex_);
  const auto found = filling_.find(slice->number());
  if (found != filling_.end() && found->second == slice) filling_.erase(found);
}

std::uint32_t Object::note_request(http::ByteRange range) {
  if (range.end >= total()) return 0;
  const std::lock_guard lock(mutex_);
  for (Stream& stream : streams_) {
    if (stream.next != range.begin || range.begin == 0) continue;
    stream.next = range.end;
    stream.ahead = std::min(kReadAheadSlices, std::max(1U, stream.ahead * 2));
    return stream.ahead;
  }
  if (streams_.size() < kStreams) {
    streams_.push_back({range.end, 0});
  } else {
    streams_[oldest_stream_] = {range.end, 0};
    oldest_stream_ = (oldest_stream_ + 1) % kStreams;
  }
  return 0;
}

bool Object::due_for_description(SteadyTime now) {
  constexpr auto kEvery = std::chrono::minutes(1);
  const std::lock_guard lock(mutex_);
  const std::int64_t fresh_until = fresh_until_.load(std::memory_order_relaxed);
  const std::uint64_t confirmed_after = confirmed_after_.load(std::memory_order_relaxed);
  const bool holds = described_ && now - described_->at < kEvery && fresh_until >= described_->fresh_until &&
                     confirmed_after == described_->confirmed_after &&
                     shown_->header_lines == described_->shown->header_lines;
  if (holds) return false;
  described_ = {now, fresh_until, confirmed_after, shown_};
  return true;
}

bool Object::due_for_touch(SteadyTime now) {
  constexpr std::int64_t kEvery = std::chrono::nanoseconds(std::chrono::minutes(1)).count();
  const std::int64_t time = now.time_since_epoch().count();
  std::int64_t last = touched_.load(std::memory_order_relaxed);
  return time - last >= kEvery && touched_.compare_exchange_strong(last, time, std::memory_order_relaxed);
}

}  // namespace larder::cache
