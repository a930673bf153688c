#include "cache/look_up.h"

#include <algorithm>
#include <utility>

#include "cache/read_plan.h"
#include "cache/round.h"

namespace larder::cache {
namespace {

using storage::kSliceSize;

// While an origin does not answer, an old object is served this long before the origin is asked again.
constexpr auto kStaleGrace = std::chrono::seconds(30);

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

/// Nothing if the waiter has to look again. `stale`: the older object at hand, or null.
std::optional<Result<Lookup>> settle(Cache& cache, const RoundEnd& end, const std::shared_ptr<UrlEntry>& entry,
                                     const std::shared_ptr<Object>& stale, SteadyTime begun) {
  switch (judge(end, {begun, stale != nullptr}, cache.clock().now())) {
    case RoundVerdict::kServe: {
      const auto& object = std::get<std::shared_ptr<Object>>(end);
      return Lookup(Found{entry, object, object->checked() >= begun});
    }
    case RoundVerdict::kStale:
      stale->lend(cache.clock().now(), kStaleGrace);
      cache.counters().stale_served.fetch_add(1, std::memory_order_relaxed);
      return Lookup(Found{entry, stale});
    case RoundVerdict::kAnswer: return Lookup(std::get<std::shared_ptr<const Answer>>(end));
    case RoundVerdict::kForward: return Lookup(std::get<Forward>(end));
    case RoundVerdict::kFail: return std::unexpected<Error>(std::get<Error>(end));
    case RoundVerdict::kLookAgain: break;
  }
  return std::nullopt;
}

/// The fill that learns what the URL has, with the slices that are wanted first.
Fill::Job learning(const UrlEntry::Step& step, std::shared_ptr<UrlEntry> entry,
                   std::shared_ptr<const origin::OriginRequest> request, ReadPlan::Run run) {
  Fill::Job job;
  job.entry = std::move(entry);
  job.request = std::move(request);
  job.object = step.object;
  job.learning = true;
  job.first = run.first;
  job.count = run.count;
  job.interest = std::make_shared<FillInterest>();
  job.committed = true;
  return job;
}

}  // namespace

std::shared_ptr<Object> usable_object(UrlEntry& entry, SteadyTime now) {
  std::shared_ptr<Object> object = entry.object();
  if (object && !object->usable(now)) object = nullptr;
  return object;
}

Task<Result<Lookup>> look_up(Fills& fills, std::shared_ptr<UrlEntry> entry,
                             std::shared_ptr<const origin::OriginRequest> request,
                             std::optional<http::RangeRequest> wanted, Deadline deadline) {
  Cache& cache = fills.cache();
  const auto wakeup = net::Wakeup::make(fills.executor());
  const SteadyTime begun = cache.clock().now();
  for (;;) {
    wakeup->arm();
    const UrlEntry::Step step = entry->begin(cache.clock().now(), wakeup);
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
    const ReadPlan::Run run = first_run(wanted);
    if (own) fills.start(learning(step, entry, request, run));
    const bool woken = co_await wakeup->wait(deadline.time());
    RoundEnd end = entry->end_of(step.round);
    if (!woken && !entry->round_over(step.round)) {
      end = Error(Errc::kTimeout, "the origin has not answered in time");
    }
    if (auto settled = settle(cache, end, entry, step.object, begun)) {
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
