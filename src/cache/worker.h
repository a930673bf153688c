// Worker: the cache's hands on one event loop: looks objects up and runs fills.
//
// Threads    its loop, all calls but stopping().
// Cancel     stop() lets running fills end soon; join with when_idle().
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <variant>

#include "cache/cache.h"
#include "cache/fill.h"
#include "cache/hot_slices.h"
#include "core/task.h"
#include "http/range.h"
#include "origin/origin_client.h"

namespace larder::cache {

// Found: an object that may be served now.
struct Found {
  std::shared_ptr<UrlEntry> entry;
  std::shared_ptr<Object> object;
  bool confirmed = false;  // the origin has said so since it was asked for
  /// Slices that this lookup itself made the origin send: they count as filled, not hit.
  std::uint32_t own_first = 0;
  std::uint32_t own_count = 0;
};

using Lookup = std::variant<Found, std::shared_ptr<const Answer>>;

class Worker {
 public:
  static constexpr std::uint32_t kRunSlices = 8;      // at most, in one request to the origin
  static constexpr std::uint32_t kWindowSlices = 32;  // wanted ahead of a reader's position: that many over
                                                      // kRunSlices origin connections at a time

  Worker(Cache& cache, origin::OriginClient& origin, Executor executor)
      : cache_(cache), origin_(origin), executor_(executor), fills_(executor) {}

  Cache& cache() { return cache_; }
  origin::OriginClient& origin() { return origin_; }
  Executor executor() { return executor_; }
  HotSlices& hot_slices() { return hot_slices_; }

  /// The object at hand and fresh, without waiting for anything; null otherwise.
  std::shared_ptr<Object> fresh_object(UrlEntry& entry) const;

  /// The object of `request`, from memory, from disk or from the origin, or what the origin says instead. `wanted` is
  /// the range that the client asks for: the first bytes that an unknown object is asked for.
  /// Errors: kTimeout, kUnavailable, kCorrupt, kRefused, kCancelled.
  Task<Result<Lookup>> look_up(std::shared_ptr<UrlEntry> entry, std::shared_ptr<const origin::OriginRequest> request,
                               std::optional<http::RangeRequest> wanted, SteadyTime deadline);

  void start_fill(Fill::Job job);

  void stop() { stopping_ = true; }
  bool stopping() const { return stopping_; }
  std::size_t running_fills() const { return fills_.running(); }
  void when_idle(std::function<void()> done) { fills_.when_idle(std::move(done)); }

 private:
  Task<void> run_fill(Fill::Job job);
  /// What a waiter makes of a round's outcome: nothing if it has to look again.
  std::optional<Result<Lookup>> settle(const Outcome& outcome, const std::shared_ptr<UrlEntry>& entry,
                                       const std::shared_ptr<Object>& stale, bool own) const;

  Cache& cache_;
  origin::OriginClient& origin_;
  Executor executor_;
  HotSlices hot_slices_;
  bool stopping_ = false;
  TaskGroup fills_;
};

}  // namespace larder::cache
