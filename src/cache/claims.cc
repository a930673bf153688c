#include "cache/claims.h"

#include <algorithm>
#include <utility>

#include "core/check.h"

namespace larder::cache {
namespace {

using storage::kSliceSize;

// Slices that are looked for to say what is missing: one request need not ask for more.
constexpr std::uint32_t kMostAsked = 4096;

}  // namespace

Claims::Claims(std::uint32_t first, std::uint32_t count, std::shared_ptr<FillInterest> interest,
               const storage::SliceStore& store)
    : next_(first), end_(first + count), interest_(std::move(interest)), store_(store) {}

std::shared_ptr<FillingSlice> Claims::front(Object& object) {
  if (front_ && front_->state() == FillingSlice::State::kAbandoned) front_ = nullptr;  // others have taken it over
  while (!front_ && next_ < std::min(end_, object.slice_count())) front_ = object.take(next_++, store_, interest_);
  return front_;
}

std::shared_ptr<FillingSlice> Claims::take_front() { return std::exchange(front_, nullptr); }

http::ByteRange Claims::missing(Object& object) {
  if (!front(object)) return {};
  std::uint32_t past = next_;
  const std::uint32_t most = std::min(end_, front_->number() + kMostAsked);
  while (past < most && object.is_missing(past, store_, interest_)) ++past;
  return {front_->number() * kSliceSize + front_->filled(), std::min(past * kSliceSize, object.total())};
}

void Claims::extend(Object& object, std::uint64_t begin, std::uint64_t end) {
  const auto first = static_cast<std::uint32_t>((begin + kSliceSize - 1) / kSliceSize);
  const std::uint64_t past = end == object.total() ? object.slice_count() : end / kSliceSize;
  CHECK(next_ == end_ || end_ <= past, "a response that does not cover the slices it was asked for");
  const bool goes_on = front_ && front_->number() == first;
  if (front_ && !goes_on && front_->has_buffer()) {
    // It comes later now. Whoever waits for memory must hold none, or all would wait for each other: begun anew.
    object.release(front_);
    front_->abandon();
  }
  if (!goes_on) front_ = nullptr;
  next_ = goes_on ? first + 1 : first;
  end_ = static_cast<std::uint32_t>(std::max<std::uint64_t>(past, next_));
  object.claim_all(next_, end_, interest_);
}

void Claims::abandon(Object& object) {
  front_ = nullptr;
  next_ = end_;
  for (const auto& slice : object.give_up(interest_)) slice->abandon();
}

}  // namespace larder::cache
