#include "cache/claims.h"

#include <algorithm>
#include <utility>

#include "core/check.h"

namespace larder::cache {

using storage::kSliceSize;

Claims::Claims(std::vector<std::shared_ptr<FillingSlice>> run, std::shared_ptr<FillInterest> interest,
               const storage::SliceStore& store)
    : slices_(run.begin(), run.end()), interest_(std::move(interest)), store_(store) {}

std::shared_ptr<FillingSlice> Claims::take_front() {
  std::shared_ptr<FillingSlice> slice = std::move(slices_.front());
  slices_.pop_front();
  return slice;
}

http::ByteRange Claims::missing(std::uint64_t total) const {
  CHECK(!slices_.empty(), "a fill went on with nothing to fill");
  const std::uint64_t begin = slices_.front()->number() * kSliceSize + slices_.front()->filled();
  std::uint32_t last = slices_.front()->number();
  for (const auto& slice : slices_) {
    if (slice->number() > last + 1) break;
    last = slice->number();
  }
  return {begin, std::min((std::uint64_t{last} + 1) * kSliceSize, total)};
}

void Claims::extend(Object& object, std::uint64_t begin, std::uint64_t end) {
  const auto first = static_cast<std::uint32_t>((begin + kSliceSize - 1) / kSliceSize);
  const std::uint64_t past = end == object.total() ? object.slice_count() : end / kSliceSize;
  std::deque<std::shared_ptr<FillingSlice>> before = std::exchange(slices_, {});
  for (std::uint32_t number = first; number < past;) {
    if (!before.empty() && before.front()->number() == number) {
      const std::shared_ptr<FillingSlice> slice = std::move(before.front());
      before.pop_front();
      if (slices_.empty() || !slice->has_buffer()) {
        slices_.push_back(slice);
        ++number;
        continue;
      }
      // It comes later now. Whoever waits for memory must hold none, or all would wait for each other: begun anew.
      object.release(slice);
      slice->abandon();
    }
    const auto run = object.claim(number, static_cast<std::uint32_t>(past - number), store_, interest_);
    slices_.insert(slices_.end(), run.begin(), run.end());
    number += std::max<std::uint32_t>(1, static_cast<std::uint32_t>(run.size()));
  }
  CHECK(before.empty(), "a response that does not cover the slices it was asked for");
}

bool Claims::take(Object& object, std::uint32_t number) {
  const auto run = object.claim(number, 1, store_, interest_);
  slices_.insert(slices_.end(), run.begin(), run.end());
  return !run.empty();
}

void Claims::abandon(Object& object) {
  for (const auto& slice : std::exchange(slices_, {})) {
    object.release(slice);
    slice->abandon();
  }
}

void Claims::fail(Object& object, const Error& error) {
  for (const auto& slice : std::exchange(slices_, {})) {
    object.release(slice);
    slice->fail(error);
  }
}

}  // namespace larder::cache
