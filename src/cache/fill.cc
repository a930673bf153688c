#include "cache/fill.h"

#include <algorithm>
#include <array>
#include <functional>
#include <string_view>
#include <utility>

#include "cache/describe_object.h"
#include "cache/grace.h"
#include "cache/versions.h"
#include "http/cache_control.h"
#include "storage/segment_format.h"

namespace larder::cache {
namespace {

using storage::kSliceSize;

// How long a fill waits for memory: as long as the disks need to write what is before it.
constexpr auto kMemoryPatience = std::chrono::seconds(60);
constexpr auto kMemoryLook = std::chrono::seconds(1);  // after this long, perhaps a disk hangs
// How long clients wait for the end of a body whose length is not told: with it they get a length, and ranges.
constexpr auto kEndPatience = std::chrono::seconds(2);
// What nobody waits for has to be worth its memory: slower than that, somebody else's bytes are.
constexpr StallGuard::Limits kWorthwhile{std::chrono::seconds(2), 64 << 10};
// How far one response may be ahead of its readers, in slices, where the drives are small; and how often that is looked
// at.
constexpr std::uint64_t kLeastAhead = 16;
constexpr auto kLookForReaders = std::chrono::milliseconds(100);
constexpr std::string_view kUnwanted = "nobody waits for the rest";
constexpr std::size_t kAnswerBodyLimit = 64 << 10;
// What may not be kept is looked at again after this: it costs the origin a request more.
constexpr auto kForwarding = std::chrono::minutes(2);

std::shared_ptr<const ObjectInfo> info_of(const std::shared_ptr<Object>& object, Moment now) {
  return object ? std::make_shared<const ObjectInfo>(object->info(now)) : nullptr;
}

FillPlan plan_of(const Fill::Job& job, Moment now, SteadyTime::duration patience) {
  const FillPlan::Times times{now.steady, patience};
  if (!job.round) return FillPlan::fill(info_of(job.object, now), times);
  return FillPlan::learn(job.first, job.count, info_of(job.object, now), times);
}

}  // namespace

Fill::Fill(const Means& means, Job job)
    : means_(means),
      cache_(means.cache),
      job_(std::move(job)),
      plan_(plan_of(job_, cache_.clock().moment(), means.origin.patience())),
      object_(job_.round ? nullptr : job_.object),
      claims_(job_.round ? 0 : job_.first, job_.round ? 0 : job_.count, job_.interest, cache_.store()),
      round_(job_.round),
      worth_(kWorthwhile),
      party_{std::hash<std::string>()(job_.request->target.host), job_.request->client} {}

Task<void> Fill::run() {
  const origin::Turn& turn = *job_.interest->turn();
  for (;;) {
    const std::uint64_t before = received_;
    Result<> result = co_await attempt();
    if (result) break;
    // To the plan, no time passes in the queue for a connection.
    const SteadyTime now = cache_.clock().now() - turn.waited();
    const auto next = plan_.next_try(result.error(), received_ > before, now);
    bool again = next && !turn.was_in_vain() && worth_another_try();
    if (again) again = co_await is_time(*next + turn.waited());
    if (again) continue;
    give_up(result.error());
    break;
  }
  CHECK(!round_, "a fill ended without ending its round");
  if (object_) claims_.abandon(*object_);
  job_.interest->set(FillInterest::Origin::kGone);
}

/// False: the node is stopping.
Task<bool> Fill::is_time(SteadyTime next) {
  if (next > cache_.clock().now()) {
    const auto pause = net::Wakeup::make(means_.executor);
    pause->arm();
    co_await pause->wait(next);
  }
  co_return !means_.stopping;
}

bool Fill::completable() const {
  const origin::Target& target = job_.request->target;
  return object_->completable(target.rule->never_changes(target.path()) ||
                              object_->never_changes(cache_.clock().now()));
}

FillStanding Fill::standing() const {
  FillStanding fill;
  fill.awaited = job_.interest->any() || (round_ && round_->is_awaited());
  fill.received = received_;
  if (!object_) return fill;
  fill.only_now = !completable() || !object_->ranges();
  fill.read = object_->has_readers();
  fill.unread_for = cache_.clock().now() - std::max(object_->left_at(), body_began_);
  return fill;
}

bool Fill::worth_another_try() const { return job_.committed || !object_ || is_for_somebody(standing()); }

bool Fill::wanted(std::uint64_t position, std::uint64_t end) const {
  FillStanding fill = standing();
  fill.asked_ahead = job_.committed && position < (std::uint64_t{job_.first} + job_.count) * kSliceSize;
  fill.left = end == kUnknownTotal ? end : end - position;
  return goes_on(fill);
}

Task<Result<>> Fill::attempt() {
  if (means_.stopping) co_return fail(Errc::kCancelled, "the node is stopping");
  cache_.counters().requests.fetch_add(1, std::memory_order_relaxed);
  const http::ByteRange missing = learning() ? http::ByteRange{} : claims_.missing(*object_);
  if (!learning() && missing.empty()) co_return Result<>();  // others have brought it meanwhile
  const FillPlan::Ask ask = plan_.ask(missing);
  purges_ = cache_.purges().stamp();
  CO_TRY(auto response, co_await means_.origin.fetch(request_for(ask), plan_.deadline()));
  last_answer_ = nullptr;

  const Moment now = cache_.clock().moment();
  const origin::ResponseFacts facts = response->facts();
  const origin::Target& target = job_.request->target;
  ObjectInfo described =
      describe_object(facts, target, FillPlan::total_of(facts), now.wall, cache_.new_id_source(), purges_);
  FillPlan::Trust trust;
  trust.never_changes =
      target.rule->never_changes(target.path()) || (object_ != nullptr && object_->never_changes(now.steady));
  const bool is_known = job_.object && job_.object->total() != kUnknownTotal;
  const bool untold = facts.status == 200 && described.total == kUnknownTotal && !is_known;
  trust.unkept = why_forward(described, cache_.store().has_drives(), untold);
  trust.parts_will_do = !described.single || (is_immutable(described) && described.fresh_until > now.wall);
  FillPlan::Reading reading = plan_.read(facts, ask, described, trust);
  if (const auto* error = std::get_if<Error>(&reading)) co_return std::unexpected<Error>(*error);
  if (std::holds_alternative<FillPlan::NoObject>(reading)) co_return co_await take_answer(*response);
  if (std::holds_alternative<FillPlan::Changed>(reading)) {
    cache_.counters().changed.fetch_add(1, std::memory_order_relaxed);
    cache_.forget(*job_.entry, target.key, object_, UrlEntry::Why::kChanged);
    co_return fail(Errc::kConflict, "the object has changed at its origin");
  }
  const auto* unkept = std::get_if<FillPlan::Unkept>(&reading);
  if (unkept != nullptr || std::holds_alternative<FillPlan::Unchanged>(reading)) {
    if (unkept != nullptr) {
      leave_to_clients(unkept->why, now);
    } else if (const auto why_not = refresh(facts, now)) {
      leave_to_clients(*why_not, now);
    } else {
      publish();
    }
    static_cast<void>(co_await response->discard());  // only the connection depends on it
    co_return Result<>();
  }
  co_return co_await take_body(*response, std::get<FillPlan::Body>(reading), std::move(described), now,
                               ask.range.has_value());
}

Task<Result<>> Fill::take_body(origin::OriginResponse& response, FillPlan::Body body, ObjectInfo described, Moment now,
                               bool ranged) {
  const bool learned = learning();
  if (learned) {
    if (body.known) {
      // It was sent although the condition says that we have it.
      if (const auto why_not = refresh(response.facts(), now)) {
        leave_to_clients(*why_not, now);
        co_return Result<>();
      }
    } else {
      if (job_.object) cache_.counters().changed.fetch_add(1, std::memory_order_relaxed);
      object_ = std::make_shared<Object>(std::move(described), now);
    }
    plan_.settle(info_of(object_, now));
  }
  // Claimed before anybody hears of the object: or readers on other loops would ask for the same slices first.
  object_->set_ranges(!body.everything || !ranged);
  if (learned || body.everything) claims_.extend(*object_, body.extent.begin, body.extent.end);
  job_.interest->set(FillInterest::Origin::kConfirmed);
  body_began_ = now.steady;
  if (object_->total() != kUnknownTotal) {
    if (!publish()) co_return Result<>();
    co_return co_await receive(response, body.extent);
  }
  // Clients wait a little for the end.
  net::Timer patience(means_.executor);
  patience.start(patience.time().now() + kEndPatience, [this] {
    if (object_->total() == kUnknownTotal) publish();
  });
  co_return co_await receive(response, body.extent);
}

origin::OriginRequest Fill::request_for(const FillPlan::Ask& ask) const {
  origin::OriginRequest request = *job_.request;
  request.range = ask.range;
  request.turn = job_.interest->turn();
  if (ask.conditional) {
    request.if_none_match = job_.object->etag();
    request.if_modified_since = job_.object->last_modified();
  }
  return request;
}

Task<Result<>> Fill::take_answer(origin::OriginResponse& response) {
  auto answer = std::make_shared<Answer>();
  answer->status = response.status();
  answer->fields = answer_fields(response.fields());
  std::string body(kAnswerBodyLimit + 1, '\0');
  std::size_t size = 0;
  while (size < body.size()) {
    const auto space = std::as_writable_bytes(std::span(body)).subspan(size);
    CO_TRY(const std::size_t count, co_await response.read(space));
    if (count == 0) break;
    size += count;
  }
  const int status = answer->status;
  const bool too_long = size > kAnswerBodyLimit;
  const http::CacheControl control = http::parse_cache_control(response.fields().joined("Cache-Control"));
  const bool forbidden =
      status < 500 && (control.no_store || control.is_private) && job_.request->target.rule->honour_no_store;
  body.resize(too_long ? 0 : size);
  body.shrink_to_fit();
  answer->body = std::move(body);

  auto judged = plan_.judge_answer(status, !response.field("Retry-After").empty());
  if (!judged && judged.error().code == Errc::kConflict) {
    cache_.counters().changed.fetch_add(1, std::memory_order_relaxed);
    cache_.forget(*job_.entry, job_.request->target.key, object_, UrlEntry::Why::kChanged);
  }
  if (status != 416) last_answer_ = std::move(answer);
  if (!judged) co_return judged;
  const bool is_for_all = asks_alike(*job_.request->target.rule);
  if (job_.object && FillPlan::is_gone(status) && is_for_all) {
    cache_.forget(*job_.entry, job_.request->target.key, job_.object, UrlEntry::Why::kNotKept);
  }
  const SteadyTime now = cache_.clock().now();
  // Of a key with several queries or hosts, nothing is known of the next request.
  const SteadyTime forward_until = is_for_all ? now + kForwarding : now;
  if (too_long) {
    finish_round(Forward{ForwardReason::kLongAnswer, forward_until, !is_for_all});
  } else if (forbidden) {
    finish_round(Forward{ForwardReason::kForbidden, forward_until, !is_for_all});
  } else {
    finish_round(last_answer_);
  }
  co_return Result<>();
}

std::optional<ForwardReason> Fill::refresh(const origin::ResponseFacts& response, Moment now) {
  cache_.counters().revalidated.fetch_add(1, std::memory_order_relaxed);
  const ObjectInfo info = describe_validated(job_.object->info(now), response, job_.request->target, now.wall, purges_);
  if (const auto why = why_no_longer(info)) return why;
  object_ = job_.object;
  object_->validated(info, now);
  return std::nullopt;
}

void Fill::leave_to_clients(ForwardReason why, Moment now) {
  if (job_.object && !asks_alike(*job_.request->target.rule)) {
    // What one of several queries is given, or forbidden, may be for it alone; and it may be what all would be given.
    job_.object->doubt();
    finish_round(Forward{why, now.steady, true});
    return;
  }
  if (job_.object) cache_.forget(*job_.entry, job_.request->target.key, job_.object, UrlEntry::Why::kNotKept);
  finish_round(Forward{why, now.steady + kForwarding});
}

bool Fill::publish() {
  if (!round_) return true;
  object_->leave(cache_.clock().now(), false);  // those who have waited for it come to read it
  if (!finish_round(object_)) return false;
  if (object_->total() != kUnknownTotal) cache_.store_info(job_.request->target.key, object_);
  return true;
}

Task<Result<>> Fill::receive(origin::OriginResponse& response, Extent extent) {
  std::uint64_t position = extent.begin;
  bool ended = false;
  while (!ended) {
    const std::shared_ptr<FillingSlice> slice = claims_.front(*object_);
    if (!slice) break;
    if (is_far_ahead(slice->number())) {
      CO_TRY_VOID(co_await wait_for_readers(slice->number()));
    }
    const std::uint64_t wanted_from = slice->number() * kSliceSize + slice->filled();
    if (extent.end != kUnknownTotal && wanted_from >= extent.end) break;
    CHECK(wanted_from >= position, "a fill went past a slice of its own");
    if (wanted_from > position) {
      CO_TRY_VOID(co_await skip(response, wanted_from - position));
    }
    position = wanted_from;
    CO_TRY_VOID(co_await receive_slice(response, slice, position, ended));
    if (slice->state() != FillingSlice::State::kWhole) continue;
    claims_.take_front();
    store(slice);
    if (position < extent.end && !wanted(position, extent.end)) co_return fail(Errc::kCancelled, "{}", kUnwanted);
    if (means_.stopping) co_return fail(Errc::kCancelled, "the node is stopping");
  }
  if (extent.end == kUnknownTotal) {
    if (!ended) co_return fail(Errc::kRefused, "an object of more than {} bytes", position);
    claims_.abandon(*object_);  // made for bytes that did not come
    if (round_) {
      publish();
    } else if (!object_->superseded()) {
      cache_.store_info(job_.request->target.key, object_);
    }
    co_return Result<>();
  }
  if (!extent.told) {
    CO_TRY_VOID(co_await check_untold_end(response, position < extent.end, ended));
    ended = true;
  }
  // The last bytes are there; what is left to read is the end itself, and then the connection is free again.
  if (position == extent.end && !response.ended()) static_cast<void>(co_await response.discard());
  if (claims_.front(*object_)) {
    co_return fail(Errc::kUnavailable, "the origin sent less than it was asked for");
  }
  co_return Result<>();
}

bool Fill::is_far_ahead(std::uint32_t number) const {
  const std::uint64_t read = object_->furthest_read();
  return number > read + kLeastAhead && number > read + cache_.store().capacity() / 8 / kSliceSize;
}

/// One response that is far ahead of all who read it, or will, would take from the drives what they have not read, and
/// what others have stored there.
Task<Result<>> Fill::wait_for_readers(std::uint32_t number) {
  std::shared_ptr<net::Wakeup> pause;
  while (is_far_ahead(number)) {
    const FillStanding now = standing();
    if (!now.only_now || !is_for_somebody(now)) break;
    publish();  // who still waits for the end of such a body gets it without a length
    if (means_.stopping) co_return fail(Errc::kCancelled, "the node is stopping");
    if (!pause) pause = net::Wakeup::make(means_.executor);
    pause->arm();
    co_await pause->wait(cache_.clock().now() + kLookForReaders);
  }
  co_return Result<>();
}

void Fill::store(const std::shared_ptr<FillingSlice>& slice) {
  // Short slices alone: to look for one in the page cache takes as long as to send it.
  if (slice->length() < storage::kPageAlignedFrom) {
    means_.hot_slices.note(object_->key(slice->number()), cache_.clock().now());
  }
  cache_.store_slice(object_, slice);
}

/// The response did not say where it ends, and the object at hand did: whether both agree.
Task<Result<>> Fill::check_untold_end(origin::OriginResponse& response, bool is_short, bool ended) {
  bool differs = is_short && ended && response.has_sure_end();
  if (!is_short && !ended) {
    std::array<std::byte, 1> more{};
    const auto count = co_await response.read(more);
    differs = count && *count > 0;
  }
  if (!differs) co_return Result<>();
  cache_.forget(*job_.entry, job_.request->target.key, object_, UrlEntry::Why::kChanged);
  co_return fail(Errc::kConflict, "the origin's object does not have the {} bytes any more that it had",
                 object_->total());
}

Task<Result<>> Fill::receive_slice(origin::OriginResponse& response, const std::shared_ptr<FillingSlice>& slice,
                                   std::uint64_t& position, bool& ended) {
  if (!slice->has_buffer()) {
    CO_TRY_VOID(co_await take_buffer(*slice));
  }
  while (slice->state() == FillingSlice::State::kFilling) {
    const SteadyTime asked = cache_.clock().now();
    CO_TRY(const std::size_t count, co_await response.read(slice->space()));
    if (count == 0) {
      ended = true;
      if (object_->total() != kUnknownTotal) co_return Result<>();
      object_->set_total(position);  // before anybody can find the last slice
      if (slice->filled() > 0) slice->end_here();
      co_return Result<>();
    }
    const bool is_worthwhile = worth_.keeps_up(cache_.clock().now() - asked, count);
    received_ += count;
    position += count;
    cache_.counters().bytes.fetch_add(count, std::memory_order_relaxed);
    slice->advance(static_cast<std::uint32_t>(count));
    if (slice->state() != FillingSlice::State::kFilling) break;  // whole: it is stored whatever comes next
    if (!is_worthwhile && !is_for_somebody(standing())) co_return fail(Errc::kCancelled, "{}", kUnwanted);
    if (means_.stopping) co_return fail(Errc::kCancelled, "the node is stopping");
  }
  co_return Result<>();
}

Task<Result<>> Fill::skip(origin::OriginResponse& response, std::uint64_t count) {
  const auto scratch = std::make_unique<std::array<std::byte, 64 << 10>>();
  while (count > 0) {
    const auto space = std::span(*scratch).first(std::min<std::uint64_t>(count, scratch->size()));
    CO_TRY(const std::size_t got, co_await response.read(space));
    if (got == 0) co_return fail(Errc::kUnavailable, "the origin's body ended too early");
    count -= got;
    cache_.counters().bytes.fetch_add(got, std::memory_order_relaxed);
    if (!is_for_somebody(standing()) && !job_.committed) co_return fail(Errc::kCancelled, "{}", kUnwanted);
    if (means_.stopping) co_return fail(Errc::kCancelled, "the node is stopping");
  }
  co_return Result<>();
}

/// From the share of who asked first, or of anybody else who waits for it.
std::optional<SliceBuffer> Fill::take_share(std::uint32_t size, const std::shared_ptr<net::Wakeup>& wakeup) {
  for (const std::uint64_t client : job_.interest->turn()->clients()) {
    if (auto buffer = cache_.memory().try_take(size, {party_.origin, client})) return buffer;
  }
  return cache_.memory().take_or_wait(size, party_, wakeup);
}

Task<Result<>> Fill::take_buffer(FillingSlice& slice) {
  const SteadyTime deadline = cache_.clock().now() + kMemoryPatience;
  std::shared_ptr<net::Wakeup> wakeup;
  for (;;) {
    if (wakeup) wakeup->arm();
    auto buffer = take_share(slice.length(), wakeup);
    job_.interest->set_lacks_memory(!buffer);
    if (buffer) {
      slice.set_buffer(*std::move(buffer));
      co_return Result<>();
    }
    if (!wakeup) {
      wakeup = net::Wakeup::make(means_.executor);
      continue;
    }
    const SteadyTime now = cache_.clock().now();
    if (now >= deadline) co_return fail(Errc::kNoSpace, "no memory for fills is free");
    if (means_.stopping) co_return fail(Errc::kCancelled, "the node is stopping");
    if (!is_for_somebody(standing()) && !job_.committed) co_return fail(Errc::kCancelled, "{}", kUnwanted);
    if (!co_await wakeup->wait(std::min(deadline, now + kMemoryLook))) cache_.store().shed_hanging_writes();
  }
}

bool Fill::finish_round(RoundEnd end) {
  const std::shared_ptr<Round> round = std::exchange(round_, nullptr);
  return !round || job_.entry->finish(round, std::move(end), !job_.interest->turn()->was_asked());
}

void Fill::give_up(const Error& error) {
  const origin::Turn& turn = *job_.interest->turn();
  const bool not_asked = turn.was_in_vain();  // nothing is known of the origin, and whoever comes here tries anew
  const bool unwanted = error.code == Errc::kCancelled && !means_.stopping;  // so does who has come since
  if (!not_asked && !unwanted) job_.interest->note({error, !turn.was_asked()});
  const bool is_missed = !not_asked || turn.urgency() != origin::Urgency::kReadAhead;
  if (is_missed && error.code != Errc::kCancelled && error.code != Errc::kConflict) {
    cache_.counters().failures.fetch_add(1, std::memory_order_relaxed);
    cache_.log().write_limited(Level::kWarning, "fill given up", [&](JsonLine& line) {
      line.add("origin", job_.request->target.host).add("path", job_.request->target.path_and_query);
      line.add("reason", error.text);
    });
  }
  if (last_answer_) {
    finish_round(last_answer_);
  } else if (not_asked || unwanted) {
    finish_round({});
  } else {
    finish_round(error);
  }
  if (!object_) return;
  // What is missing of it no other response can bring.
  if (!completable() && (object_->total() == kUnknownTotal || claims_.front(*object_))) {
    cache_.forget(*job_.entry, job_.request->target.key, object_, UrlEntry::Why::kIncomplete);
  }
  // Each reader decides what that is to it: Reader::failure_of().
  claims_.abandon(*object_);
}

}  // namespace larder::cache
