#include "cache/object.h"

#include <algorithm>

#include "http/head_writer.h"

namespace larder::cache {

using storage::kSliceSize;

namespace {

std::string make_header_lines(const ObjectInfo& info) {
  std::string lines;
  http::HeadWriter writer(lines);
  for (const auto& [name, value] : info.fields) writer.field(name, value);
  if (!info.etag.empty()) writer.field("ETag", info.etag);
  if (!info.last_modified.empty()) writer.field("Last-Modified", info.last_modified);
  return lines;
}

}  // namespace

Object::Object(ObjectInfo info)
    : info_(std::move(info)),
      header_lines_(make_header_lines(info_)),
      total_(info_.total),
      ranges_(info_.ranges),
      fresh_until_(info_.fresh_until.time_since_epoch().count()),
      born_(info_.born.time_since_epoch().count()) {}

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

WallTime Object::fresh_until() const {
  return WallTime(WallTime::duration(fresh_until_.load(std::memory_order_relaxed)));
}

void Object::set_fresh_until(WallTime time) {
  fresh_until_.store(time.time_since_epoch().count(), std::memory_order_relaxed);
}

WallTime Object::born() const { return WallTime(WallTime::duration(born_.load(std::memory_order_relaxed))); }

void Object::set_born(WallTime time) { born_.store(time.time_since_epoch().count(), std::memory_order_relaxed); }

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
