#include "cache/object.h"

#include <algorithm>

#include "cache/versions.h"
#include "http/head_writer.h"

namespace larder::cache {

using storage::kSliceSize;

namespace {

std::shared_ptr<const Object::Shown> make_shown(const ObjectInfo& info) {
  auto shown = std::make_shared<Object::Shown>();
  shown->fields = info.fields;
  http::HeadWriter writer(shown->header_lines);
  for (const auto& [name, value] : info.fields) writer.field(name, value);
  if (!info.etag.empty()) writer.field("ETag", info.etag);
  if (!info.last_modified.empty()) writer.field("Last-Modified", info.last_modified);
  return shown;
}

}  // namespace

Object::Object(ObjectInfo info, Moment now) : info_(std::move(info)), total_(info_.total), ranges_(info_.ranges) {
  show(info_);
  set_times(info_, now);
}

void Object::show(const ObjectInfo& info) {
  shown_ = make_shown(info);
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
  const std::lock_guard lock(mutex_);
  show(info);
  set_times(info, now);
}

void Object::lend(SteadyTime now, SteadyTime::duration grace) {
  lent_until_.store((now + grace).time_since_epoch().count(), std::memory_order_relaxed);
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

std::shared_ptr<FillingSlice> Object::filling(std::uint32_t number) {
  const std::lock_guard lock(mutex_);
  const auto found = filling_.find(number);
  return found == filling_.end() ? nullptr : found->second;
}

std::vector<std::shared_ptr<FillingSlice>> Object::claim(std::uint32_t first, std::uint32_t most,
                                                         const storage::SliceStore& store,
                                                         const std::shared_ptr<FillInterest>& interest) {
  std::vector<std::shared_ptr<FillingSlice>> run;
  const std::lock_guard lock(mutex_);
  if (superseded()) return run;
  for (std::uint32_t number = first; number < slice_count() && run.size() < most; ++number) {
    // A slice enters the store before it leaves filling_, so under the lock it is always in one of the two.
    if (filling_.contains(number) || store.contains(key(number))) break;
    run.push_back(std::make_shared<FillingSlice>(number, slice_length(number), interest));
    filling_.emplace(number, run.back());
  }
  return run;
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

bool Object::due_for_touch(SteadyTime now) {
  constexpr std::int64_t kEvery = std::chrono::nanoseconds(std::chrono::minutes(1)).count();
  const std::int64_t time = now.time_since_epoch().count();
  std::int64_t last = touched_.load(std::memory_order_relaxed);
  return time - last >= kEvery && touched_.compare_exchange_strong(last, time, std::memory_order_relaxed);
}

}  // namespace larder::cache
