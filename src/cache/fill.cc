#include "cache/fill.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "cache/describe_object.h"
#include "cache/worker.h"

namespace larder::cache {
namespace {

using storage::kSliceSize;

constexpr int kTries = 3;  // in a row without a byte
// An origin that is asked for the third time after this long has had its chance.
constexpr auto kPatience = std::chrono::seconds(12);
// How long a fill waits for memory: as long as the disks need to write what is before it.
constexpr auto kMemoryPatience = std::chrono::seconds(60);
constexpr auto kMemoryLook = std::chrono::seconds(1);  // after this long, perhaps a disk hangs
constexpr std::size_t kAnswerBodyLimit = 64 << 10;
constexpr std::uint64_t kTotalLimit = std::uint64_t{1} << 50;

bool retryable(Errc code) { return code == Errc::kTimeout || code == Errc::kUnavailable || code == Errc::kCorrupt; }

}  // namespace

Fill::Fill(Worker& worker, Plan plan)
    : worker_(worker),
      cache_(worker.cache()),
      plan_(std::move(plan)),
      object_(plan_.learning ? nullptr : plan_.object),
      claimed_(plan_.claimed.begin(), plan_.claimed.end()),
      round_open_(plan_.learning),
      has_claimed_(!plan_.learning) {
  plan_.claimed.clear();
}

Task<void> Fill::run() {
  int tries = 0;
  SteadyTime last_progress = cache_.clock().now();
  for (;;) {
    const std::uint64_t before = received_;
    Result<> result = co_await attempt();
    if (result) break;
    const Error& error = result.error();
    if (received_ > before) {
      tries = 0;
      last_progress = cache_.clock().now();
    }
    // What came of an object of unknown length cannot be gone on with.
    const bool resumable = !object_ || object_->total() != kUnknownTotal;
    const bool again = retryable(error.code) && ++tries < kTries && resumable && wanted() && !worker_.stopping() &&
                       cache_.clock().now() < last_progress + kPatience;
    if (again) continue;
    give_up(error);
    break;
  }
  CHECK(!round_open_, "a fill ended without an outcome");
  drop_claims();
}

bool Fill::wanted() const { return round_open_ || whole_ || plan_.committed || plan_.interest->any(); }

Task<Result<>> Fill::attempt() {
  if (worker_.stopping()) co_return fail(Errc::kCancelled, "the node is stopping");
  cache_.counters().requests.fetch_add(1, std::memory_order_relaxed);
  CO_TRY(auto response, co_await worker_.origin().fetch(next_request()));
  last_answer_ = nullptr;
  if (response->status() == 304 && round_open_ && plan_.object) {
    refresh(*response);
    publish();
    static_cast<void>(co_await response->discard());  // only the connection depends on it
    co_return Result<>();
  }
  if (response->status() != 200 && response->status() != 206) co_return co_await take_answer(*response);
  CO_TRY(const Extent extent, adopt(*response));
  // Claimed before anybody hears of the object: or readers on other loops would ask for the same slices first.
  claim(extent, response->status() == 200);
  if (object_->total() != kUnknownTotal) publish();  // else clients wait until the length is told: receive()
  co_return co_await receive(*response, extent);
}

origin::OriginRequest Fill::next_request() const {
  origin::OriginRequest request = *plan_.request;
  if (round_open_) {
    if (without_range_) return request;
    request.range = http::ByteRange{plan_.first * kSliceSize, (plan_.first + plan_.count) * kSliceSize};
    if (plan_.object) {
      request.if_none_match = plan_.object->info().etag;
      request.if_modified_since = plan_.object->info().last_modified;
    }
    return request;
  }
  CHECK(!claimed_.empty(), "a fill went on with nothing to fill");
  const std::uint64_t begin = claimed_.front()->number() * kSliceSize + claimed_.front()->filled();
  // Up to the first slice that is somebody else's.
  std::uint32_t last = claimed_.front()->number();
  for (const auto& slice : claimed_) {
    if (slice->number() > last + 1) break;
    last = slice->number();
  }
  request.range = http::ByteRange{begin, std::min((last + 1) * kSliceSize, object_->total())};
  return request;
}

Task<Result<>> Fill::take_answer(origin::OriginResponse& response) {
  auto answer = std::make_shared<Answer>();
  answer->status = response.status();
  answer->fields = answer_fields(response.fields());
  answer->shared = answer->status != 416;
  std::string body(kAnswerBodyLimit, '\0');
  std::size_t size = 0;
  while (size < body.size()) {
    const auto space = std::as_writable_bytes(std::span(body)).subspan(size);
    const auto count = co_await response.read(space);
    if (!count || *count == 0) break;
    size += *count;
  }
  body.resize(size);
  answer->body = std::move(body);

  const int status = answer->status;
  if (status == 416 && round_open_ && plan_.first == 0 && !without_range_) {
    // An empty object has no first byte to ask for.
    without_range_ = true;
    co_return fail(Errc::kUnavailable, "the origin answered 416 to the first bytes");
  }
  last_answer_ = std::move(answer);
  if (status >= 500) co_return fail(Errc::kUnavailable, "the origin answered {}", status);
  if (!round_open_) co_return fail(Errc::kRefused, "the origin answered {}", status);
  if (plan_.object && status < 500 && status != 416) plan_.entry->forget(plan_.object);
  finish_round(last_answer_);
  co_return Result<>();
}

Result<Fill::Extent> Fill::adopt(const origin::OriginResponse& response) {
  if (response.status() == 200) {
    const std::uint64_t total = response.body_length().value_or(kUnknownTotal);
    if (total != kUnknownTotal && total > kTotalLimit) return fail(Errc::kRefused, "an object of {} bytes", total);
    if (total == kUnknownTotal && object_) {
      return fail(Errc::kConflict, "the origin had told a length and now tells none");
    }
    TRY_VOID(adopt_version(response, total));
    return Extent{0, total};
  }
  const auto range = response.content_range();
  if (!range || range->unsatisfied()) return fail(Errc::kCorrupt, "206 without a Content-Range that can be read");
  if (!range->total) return fail(Errc::kCorrupt, "206 that does not tell the object's length");
  if (*range->total > kTotalLimit) return fail(Errc::kRefused, "an object of {} bytes", *range->total);
  const auto asked_range = next_request().range;
  if (!asked_range) return fail(Errc::kCorrupt, "206 to a request without a range");
  const http::ByteRange asked = *asked_range;
  if (range->range.begin != asked.begin || range->range.end > asked.end) {
    return fail(Errc::kCorrupt, "asked for bytes {}-{}, the origin sends {}-{}", asked.begin, asked.end - 1,
                range->range.begin, range->range.end - 1);
  }
  if (response.body_length() && *response.body_length() != range->range.size()) {
    return fail(Errc::kCorrupt, "Content-Range of {} bytes over a body of {}", range->range.size(),
                *response.body_length());
  }
  TRY_VOID(adopt_version(response, *range->total));
  return Extent{range->range.begin, range->range.end};
}

Result<> Fill::adopt_version(const origin::OriginResponse& response, std::uint64_t total) {
  ObjectInfo info =
      describe_object(response, plan_.request->target, total, cache_.clock().wall(), cache_.new_id_source());
  if (!round_open_) {
    ObjectInfo known = object_->info();
    known.total = object_->total();
    if (same_version(known, info)) return {};
    cache_.counters().changed.fetch_add(1, std::memory_order_relaxed);
    plan_.entry->forget(object_);
    return fail(Errc::kConflict, "the object has changed at its origin");
  }
  const bool has_validator = !info.etag.empty() || !info.last_modified.empty();
  if (plan_.object && has_validator && total != kUnknownTotal && same_version(plan_.object->info(), info)) {
    // It was sent although the condition says that we have it.
    refresh(response);
    return {};
  }
  if (plan_.object) cache_.counters().changed.fetch_add(1, std::memory_order_relaxed);
  object_ = std::make_shared<Object>(std::move(info));
  return {};
}

void Fill::refresh(const origin::OriginResponse& response) {
  cache_.counters().revalidated.fetch_add(1, std::memory_order_relaxed);
  object_ = plan_.object;
  const ObjectInfo now =
      describe_object(response, plan_.request->target, object_->total(), cache_.clock().wall(), cache_.new_id_source());
  object_->set_fresh_until(now.fresh_until);
  object_->set_born(now.born);
}

void Fill::publish() {
  if (!round_open_) return;
  finish_round(object_);
  cache_.store_info(plan_.request->target.key, object_);
}

void Fill::claim(const Extent& extent, bool everything) {
  whole_ = everything;
  if (everything) object_->set_no_ranges();
  if (extent.end == kUnknownTotal) return;  // claimed one by one as they come
  if (std::exchange(has_claimed_, true) && !everything) return;
  const auto first = static_cast<std::uint32_t>((extent.begin + kSliceSize - 1) / kSliceSize);
  // A slice that the response holds only in part is not begun with it.
  const std::uint64_t past = extent.end == object_->total() ? object_->slice_count() : extent.end / kSliceSize;
  std::deque<std::shared_ptr<FillingSlice>> claims = std::move(claimed_);
  claimed_.clear();
  for (std::uint32_t number = first; number < past;) {
    if (!claims.empty() && claims.front()->number() == number) {
      claimed_.push_back(std::move(claims.front()));
      claims.pop_front();
      ++number;
      continue;
    }
    const auto most = static_cast<std::uint32_t>(past - number);
    const auto run = object_->claim(number, most, cache_.store(), plan_.interest);
    claimed_.insert(claimed_.end(), run.begin(), run.end());
    number += std::max<std::uint32_t>(1, static_cast<std::uint32_t>(run.size()));
  }
  CHECK(claims.empty(), "a response that does not cover the slices it was asked for");
}

Task<Result<>> Fill::receive(origin::OriginResponse& response, Extent extent) {
  std::uint64_t position = extent.begin;
  bool ended = false;
  while (!ended) {
    if (extent.end == kUnknownTotal) {
      const auto number = static_cast<std::uint32_t>(position / kSliceSize);
      if (claimed_.empty()) {
        const auto run = object_->claim(number, 1, cache_.store(), plan_.interest);
        claimed_.insert(claimed_.end(), run.begin(), run.end());
        if (claimed_.empty()) co_return fail(Errc::kConflict, "the object was superseded while it came in");
      }
    } else if (claimed_.empty()) {
      break;
    }
    const std::shared_ptr<FillingSlice> slice = claimed_.front();
    const std::uint64_t wanted_from = slice->number() * kSliceSize + slice->filled();
    if (extent.end != kUnknownTotal && wanted_from >= extent.end) break;
    CHECK(wanted_from >= position, "a fill went past a slice of its own");
    CO_TRY_VOID(co_await skip(response, wanted_from - position));
    position = wanted_from;
    CO_TRY_VOID(co_await receive_slice(response, slice, position, ended));
    if (slice->state() != FillingSlice::State::kWhole) continue;
    claimed_.pop_front();
    cache_.store_slice(object_, slice);
    if (!claimed_.empty() && !wanted()) co_return Result<>();
    if (worker_.stopping()) co_return fail(Errc::kCancelled, "the node is stopping");
  }
  if (extent.end == kUnknownTotal) co_return end_of_unknown_length(position);
  // The last bytes are there; what is left to read is the end itself, and then the connection is free again.
  if (position == extent.end && !ended) static_cast<void>(co_await response.discard());
  if (!claimed_.empty()) {
    co_return fail(Errc::kUnavailable, "the origin sent less than it was asked for");
  }
  co_return Result<>();
}

Task<Result<>> Fill::receive_slice(origin::OriginResponse& response, const std::shared_ptr<FillingSlice>& slice,
                                   std::uint64_t& position, bool& ended) {
  if (!slice->has_buffer()) {
    CO_TRY_VOID(co_await take_buffer(*slice));
  }
  while (slice->state() == FillingSlice::State::kFilling) {
    CO_TRY(const std::size_t count, co_await response.read(slice->space()));
    if (count == 0) {
      ended = true;
      if (object_->total() == kUnknownTotal && slice->filled() > 0) slice->end_here();
      co_return Result<>();
    }
    received_ += count;
    position += count;
    cache_.counters().bytes.fetch_add(count, std::memory_order_relaxed);
    slice->advance(static_cast<std::uint32_t>(count));
    if (worker_.stopping()) co_return fail(Errc::kCancelled, "the node is stopping");
  }
  co_return Result<>();
}

Task<Result<>> Fill::skip(origin::OriginResponse& response, std::uint64_t count) {
  if (count == 0) co_return Result<>();
  const auto scratch = std::make_unique<std::array<std::byte, 64 << 10>>();
  while (count > 0) {
    const auto space = std::span(*scratch).first(std::min<std::uint64_t>(count, scratch->size()));
    CO_TRY(const std::size_t got, co_await response.read(space));
    if (got == 0) co_return fail(Errc::kUnavailable, "the origin's body ended too early");
    count -= got;
    cache_.counters().bytes.fetch_add(got, std::memory_order_relaxed);
    if (worker_.stopping()) co_return fail(Errc::kCancelled, "the node is stopping");
  }
  co_return Result<>();
}

Task<Result<>> Fill::take_buffer(FillingSlice& slice) {
  const SteadyTime deadline = cache_.clock().now() + kMemoryPatience;
  std::shared_ptr<net::Wakeup> wakeup;
  for (;;) {
    if (wakeup) wakeup->arm();
    if (auto buffer = cache_.memory().take_or_wait(slice.length(), wakeup)) {
      slice.set_buffer(*std::move(buffer));
      co_return Result<>();
    }
    if (!wakeup) {
      wakeup = net::Wakeup::make(worker_.executor());
      continue;
    }
    const SteadyTime now = cache_.clock().now();
    if (now >= deadline) co_return fail(Errc::kUnavailable, "no memory for fills is free");
    if (!co_await wakeup->wait(std::min(deadline, now + kMemoryLook))) cache_.store().shed_hanging_writes();
  }
}

Result<> Fill::end_of_unknown_length(std::uint64_t total) {
  if (!claimed_.empty()) {  // made for bytes that did not come
    const auto slice = claimed_.front();
    claimed_.pop_front();
    object_->release(slice);
    slice->abandon();
  }
  object_->set_total(total);
  publish();
  return {};
}

void Fill::finish_round(Outcome outcome) {
  if (!std::exchange(round_open_, false)) return;
  plan_.entry->finish(std::move(outcome));
}

void Fill::give_up(const Error& error) {
  if (error.code != Errc::kCancelled && error.code != Errc::kConflict) {
    cache_.counters().failures.fetch_add(1, std::memory_order_relaxed);
    cache_.log().write(Level::kWarning, "fill given up", [&](JsonLine& line) {
      line.add("origin", plan_.request->target.host).add("path", plan_.request->target.path_and_query);
      line.add("reason", error.text);
    });
  }
  if (last_answer_) {
    finish_round(last_answer_);
  } else {
    finish_round(error);
  }
  // Of what another client's token may open, others shall try themselves; so too what only we gave up.
  const bool others_may = error.code == Errc::kRefused || error.code == Errc::kCancelled;
  for (const auto& slice : claimed_) {
    if (object_) object_->release(slice);
    if (others_may) {
      slice->abandon();
    } else {
      slice->fail(error);
    }
  }
  claimed_.clear();
}

void Fill::drop_claims() {
  for (const auto& slice : claimed_) {
    object_->release(slice);
    slice->abandon();
  }
  claimed_.clear();
}

}  // namespace larder::cache
