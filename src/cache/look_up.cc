#include "cache/look_up.h"

#include <algorithm>
#include <utility>

#include "cache/grace.h"
#include "cache/read_plan.h"
#include "cache/round.h"

namespace larder::cache {
namespace {

using storage::kSliceSize;

// How long an origin is waited for while an old object could be served whole: clients leave a node after 20 s.
constexpr auto kStalePatience = std::chrono::seconds(3);
// Slices that are looked for to say that.
constexpr std::uint64_t kMostLookedAt = 4096;
// How long somebody waits for what another asks in other words; and after so much time with such others, it has its
// request forwarded.
constexpr auto kRefusalPatience = std::chrono::seconds(3);
constexpr auto kPatienceWithOthers = 2 * kRefusalPatience;

// The slices to ask an unknown object for: those of the range, if its start is known, within one run.
ReadPlan::Run first_run(const std::optional<http::RangeRequest>& wanted) {
  // Everything, or the end of something of unknown length: the beginning tells the length.
  if (!wanted) return {0, ReadPlan::kRunSlices};
  if (wanted->kind == http::RangeRequest::Kind::kSuffix) return {0, 1};
  constexpr std::uint64_t kLast = storage::kMetaSlice - ReadPlan::kRunSlices;
  const std::uint64_t first = std::min(wanted->first / kSliceSize, kLast);
  const std::uint64_t last = std::min(wanted->last / kSliceSize, kLast);
  return {static_cast<std::uint32_t>(first),
          static_cast<std::uint32_t>(std::min<std::uint64_t>(last - first + 1, ReadPlan::kRunSlices))};
}

/// What is old, to this request, and to the same ones for so long.
Lookup serve_stale(Cache& cache, const std::shared_ptr<UrlEntry>& entry, const std::shared_ptr<Object>& stale,
                   const origin::Target& target, SteadyTime::duration lasts) {
  stale->lend_to(request_number(target), cache.clock().now(), lasts);
  cache.counters().stale_served.fetch_add(1, std::memory_order_relaxed);
  return Found{entry, stale};
}

/// Nothing if the waiter, of `target`, has to look again. `stale`: the older object at hand, or null; `for_all`:
/// Round::is_for_all().
std::optional<Result<Lookup>> settle(Cache& cache, const RoundEnd& end, bool for_all,
                                     const std::shared_ptr<UrlEntry>& entry, const std::shared_ptr<Object>& stale,
                                     const origin::Target& target, SteadyTime begun) {
  switch (judge(end, {begun, stale != nullptr}, cache.clock().now())) {
    case RoundVerdict::kServe: {
      const auto& object = std::get<std::shared_ptr<Object>>(end);
      return Lookup(Found{entry, object, object->checked() >= begun});
    }
    case RoundVerdict::kStale: {
      const Grace grace = stale_grace(end, for_all, *target.rule);
      if (grace.to_all) stale->lend(cache.clock().now(), grace.lasts);
      return serve_stale(cache, entry, stale, target, grace.lasts);
    }
    case RoundVerdict::kAnswer: return Lookup(std::get<std::shared_ptr<const Answer>>(end));
    case RoundVerdict::kForward: return Lookup(std::get<Forward>(end));
    case RoundVerdict::kFail: return std::unexpected<Error>(std::get<Error>(end));
    case RoundVerdict::kLookAgain: break;
  }
  return std::nullopt;
}

/// Whether the origin is not needed for what is wanted of `object`, whatever it says of its age: all of it is stored,
/// or on its way from memory to a drive.
bool is_at_hand(Cache& cache, const Object& object, const std::optional<http::RangeRequest>& wanted) {
  if (object.total() == kUnknownTotal) return false;
  http::ByteRange range{0, object.total()};
  if (wanted) range = http::resolve(*wanted, object.total()).value_or(http::ByteRange{});
  if (range.empty()) return true;
  const std::uint64_t first = range.begin / kSliceSize;
  const std::uint64_t last = (range.end - 1) / kSliceSize;
  if (last - first >= kMostLookedAt) return false;
  for (std::uint64_t number = first; number <= last; ++number) {
    const auto slice = static_cast<std::uint32_t>(number);
    if (cache.store().contains(object.key(slice))) continue;
    const auto underway = object.underway(slice);
    const bool is_whole = underway && underway->state == FillingSlice::State::kWhole;
    if (!is_whole && !cache.store().contains(object.key(slice))) return false;  // it may have gone there meanwhile
  }
  return true;
}

/// The older object that may be served if the origin does not answer; null: none.
std::shared_ptr<Object> stale_of(const UrlEntry::Step& step) {
  return step.object && !step.object->doubted() ? step.object : nullptr;
}

enum class Waited {
  kNews,         // some round is over
  kStaleWillDo,  // the origin is silent, and what is wanted of the older object is there
  kTooLong,
};

/// Waits for the end of a round until `until`; and looks, when a client's `patience` with a silent origin is at its
/// end, and again then, whether `stale` (null: nothing is at hand) will do.
Task<Waited> wait_for_end(Cache& cache, net::Wakeup& wakeup, const Object* stale,
                          const std::optional<http::RangeRequest>& wanted, SteadyTime patience, SteadyTime until) {
  for (const SteadyTime moment : {std::min(patience, until), until}) {
    if (stale == nullptr && moment < until) continue;
    if (co_await wakeup.wait(moment)) co_return Waited::kNews;
    if (stale != nullptr && is_at_hand(cache, *stale, wanted)) co_return Waited::kStaleWillDo;
  }
  co_return Waited::kTooLong;
}

/// The fill that learns what the URL has, with the slices that are wanted first.
Fill::Job learning(const UrlEntry::Step& step, std::shared_ptr<UrlEntry> entry,
                   std::shared_ptr<const origin::OriginRequest> request, ReadPlan::Run run) {
  Fill::Job job;
  job.entry = std::move(entry);
  job.request = std::move(request);
  job.object = step.object;
  job.round = step.round;
  job.first = run.first;
  job.count = run.count;
  job.interest = std::make_shared<FillInterest>(job.request, step.round->turn());
  job.committed = true;
  return job;
}

}  // namespace

std::shared_ptr<Object> usable_object(UrlEntry& entry, const origin::Target& target, SteadyTime now) {
  std::shared_ptr<Object> object = entry.object(target);
  if (!object || object->usable(now)) return object;
  return object->usable_for(request_number(target), now) ? object : nullptr;
}

Task<Result<Lookup>> look_up(Fills& fills, std::shared_ptr<UrlEntry> entry,
                             std::shared_ptr<const origin::OriginRequest> request,
                             std::optional<http::RangeRequest> wanted, Deadline deadline,
                             std::function<bool()> may_learn) {
  Cache& cache = fills.cache();
  const auto wakeup = net::Wakeup::make(fills.executor());
  const SteadyTime begun = cache.clock().now();
  for (;;) {
    wakeup->arm();
    const std::uint64_t purges = cache.purges().last();
    const UrlEntry::Step step = entry->begin(cache.clock().now(), wakeup, request);
    const bool own = step.next == UrlEntry::Next::kLearn || step.next == UrlEntry::Next::kRevalidate;
    if (step.next == UrlEntry::Next::kServe) {
      Found found;
      found.entry = entry;
      found.object = step.object;
      co_return Lookup(std::move(found));
    }
    if (step.next == UrlEntry::Next::kForward) co_return Lookup(step.forward);
    if (step.next == UrlEntry::Next::kLoad) {
      entry->loaded(co_await cache.load_info(fills.executor(), request->target.key));
      continue;
    }
    if (step.next == UrlEntry::Next::kLearn && may_learn && !may_learn()) {
      entry->finish(step.round, RoundEnd());  // whoever waits for it asks by itself
      co_return fail(Errc::kNoSpace, "this client has asked for as many new objects as it may in a minute");
    }
    const Round::Waiting waiting(*step.round);
    const ReadPlan::Run run = first_run(wanted);
    step.round->turn()->join(request->client, origin::Urgency::kFirstByte);
    if (own) fills.start(learning(step, entry, request, run));
    const auto& asked = step.round->asked();
    const bool is_others = asked && !same_request(asked->target, request->target);
    const SteadyTime asked_at = cache.clock().now();
    SteadyTime until = deadline.time();
    if (is_others) until = std::min(until, asked_at + kRefusalPatience);
    const SteadyTime patience = (own ? asked_at : begun) + kStalePatience;
    const Waited waited = co_await wait_for_end(cache, *wakeup, stale_of(step).get(), wanted, patience, until);
    const RoundEnd* end = step.round->end();
    if (end == nullptr && waited == Waited::kNews) continue;  // another round has ended
    if (cache.purges().concern(request->target, purges) && !deadline.passed(cache.clock().now())) continue;
    const SteadyTime now = cache.clock().now();
    // What others are not told says nothing of this request: it is asked beside them.
    if (end == nullptr && is_others) entry->overtake(step.round);
    const bool is_for_this = end != nullptr && step.round->holds_for(request->target);
    if (is_others && !is_for_this && !deadline.passed(now)) {
      if (now - begun < kPatienceWithOthers) continue;
      const bool will_do = waited == Waited::kStaleWillDo && stale_of(step);
      if (will_do) co_return serve_stale(cache, entry, step.object, request->target, kShortGrace);
      co_return Lookup(Forward{ForwardReason::kRefusedToOthers, now});
    }
    const RoundEnd too_late = Error(Errc::kTimeout, "the origin has not answered in time");
    const RoundEnd& came = is_for_this ? *end : too_late;
    const bool for_all = is_for_this && step.round->is_for_all();
    if (auto settled = settle(cache, came, for_all, entry, stale_of(step), request->target, begun)) {
      if (*settled && own) {
        auto* found = std::get_if<Found>(&**settled);
        if (found != nullptr && found->object != step.object) {  // else it was at hand: nothing was fetched
          found->own_first = run.first;
          found->own_count = run.count;
        }
      }
      co_return *std::move(settled);
    }
    if (deadline.passed(cache.clock().now())) co_return fail(Errc::kTimeout, "the origin has not answered in time");
  }
}

}  // namespace larder::cache
