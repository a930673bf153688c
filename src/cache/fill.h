// Fill: brings a run of missing slices from the origin, and learns what an unknown object is on the way.
//
// One fill is one origin response where all goes well. When a connection fails in the middle, it asks for the rest
// on another one; when the origin has another version meanwhile, it stops: bytes of two versions never meet. What it
// asks for and what it makes of the answers is FillPlan's to decide.
//
// Threads    the loop of its Fills.
// Cancel     Fills::stop(): it ends at its next bytes or time-out. When nobody wants it any more (FillInterest) it
//            ends with the slice it is in.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "cache/cache.h"
#include "cache/claims.h"
#include "cache/fill_memory.h"
#include "cache/fill_plan.h"
#include "cache/fill_worth.h"
#include "cache/hot_slices.h"
#include "core/stall_guard.h"
#include "origin/origin_client.h"

namespace larder::cache {

class Fill {
 public:
  /// What the fills of one loop share.
  struct Means {
    Cache& cache;
    origin::OriginClient& origin;
    Executor executor;
    HotSlices& hot_slices;
    bool stopping = false;
  };

  struct Job {
    std::shared_ptr<UrlEntry> entry;
    std::shared_ptr<const origin::OriginRequest> request;  // target and rules; the range is the fill's own
    std::shared_ptr<Object> object;                        // null: to be learned
    std::shared_ptr<Round> round;                          // null: not learning; else entry's, this fill's to finish
    std::uint32_t first = 0;  // learning: the slices that are wanted; else: Object::claim()
    std::uint32_t count = 1;
    std::shared_ptr<FillInterest> interest;
    bool committed = false;  // to be finished even if nobody waits for it: read ahead, or about to be read
  };

  /// `means` must outlive it.
  Fill(const Means& means, Job job);
  Task<void> run();

 private:
  using Extent = FillPlan::Extent;

  Task<bool> is_time(SteadyTime next);
  /// One exchange. Errors: what FillPlan decides about.
  Task<Result<>> attempt();
  origin::OriginRequest request_for(const FillPlan::Ask& ask) const;
  Task<Result<>> take_answer(origin::OriginResponse& response);
  Task<Result<>> take_body(origin::OriginResponse& response, FillPlan::Body body, ObjectInfo described, Moment now,
                           bool ranged);
  /// The object at hand is still the origin's. A reason: but may no longer be kept.
  std::optional<ForwardReason> refresh(const origin::ResponseFacts& response, Moment now);
  /// What the origin has is neither stored nor shared: requests for it are forwarded for a while.
  void leave_to_clients(ForwardReason why, Moment now);
  /// Finishes the round with the object: from now on clients are served from it. False: it comes too late.
  bool publish();
  Task<Result<>> receive(origin::OriginResponse& response, Extent extent);
  bool is_far_ahead(std::uint32_t number) const;
  Task<Result<>> wait_for_readers(std::uint32_t number);
  void store(const std::shared_ptr<FillingSlice>& slice);
  Task<Result<>> check_untold_end(origin::OriginResponse& response, bool is_short, bool ended);
  Task<Result<>> receive_slice(origin::OriginResponse& response, const std::shared_ptr<FillingSlice>& slice,
                               std::uint64_t& position, bool& ended);
  Task<Result<>> skip(origin::OriginResponse& response, std::uint64_t count);
  std::optional<SliceBuffer> take_share(std::uint32_t size, const std::shared_ptr<net::Wakeup>& wakeup);
  Task<Result<>> take_buffer(FillingSlice& slice);
  bool learning() const { return plan_.stage() != FillPlan::Stage::kFilling; }
  FillStanding standing() const;  // but for what is ahead and left
  bool worth_another_try() const;
  /// Whether to go on at `position` of a response that ends at `end`.
  bool wanted(std::uint64_t position, std::uint64_t end) const;
  bool completable() const;
  /// False: the object that it found comes too late.
  bool finish_round(RoundEnd end);
  void give_up(const Error& error);

  const Means& means_;
  Cache& cache_;
  Job job_;
  FillPlan plan_;
  std::shared_ptr<Object> object_;  // null: not known yet, and nothing is claimed
  Claims claims_;
  PurgeStamp purges_;                          // in force when the last request was made
  std::shared_ptr<const Answer> last_answer_;  // a 5xx that is worth another try, and else goes to clients
  std::uint64_t received_ = 0;                 // bytes of slices
  SteadyTime body_began_{};                    // of the last response
  std::shared_ptr<Round> round_;               // that is still this fill's to end; null: none
  StallGuard worth_;
  const FillParty party_;
};

}  // namespace larder::cache
