// Fill: brings a run of missing slices from the origin, and learns what an unknown object is on the way.
//
// One fill is one origin response where all goes well. When a connection fails in the middle, it asks for the rest
// on another one; when the origin has another version meanwhile, it stops: bytes of two versions never meet.
//
// Threads    the loop of its worker.
// Cancel     Worker::stop(): it ends at its next bytes or time-out. When nobody wants it any more (FillInterest) it
//            ends with the slice it is in.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "cache/cache.h"
#include "origin/origin_client.h"

namespace larder::cache {

class Worker;

class Fill {
 public:
  struct Plan {
    std::shared_ptr<UrlEntry> entry;
    std::shared_ptr<const origin::OriginRequest> request;  // target and rules; the range is the fill's own
    std::shared_ptr<Object> object;                        // null: to be learned
    bool learning = false;                                 // entry's round is this fill's to finish
    std::uint32_t first = 0;                               // learning: the slices that are wanted
    std::uint32_t count = 1;
    std::vector<std::shared_ptr<FillingSlice>> claimed;  // else: the run to fill, Object::claim()
    std::shared_ptr<FillInterest> interest;
    bool committed = false;  // to be finished even if nobody waits for it: read ahead, or about to be read
  };

  Fill(Worker& worker, Plan plan);
  Task<void> run();

 private:
  // The bytes of the object that a response's body is.
  struct Extent {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;  // kUnknownTotal: until it ends
  };

  /// One exchange. Errors: what may be tried again, and what may not (retryable()).
  Task<Result<>> attempt();
  origin::OriginRequest next_request() const;
  Task<Result<>> take_answer(origin::OriginResponse& response);
  /// What the head says of the object.
  Result<Extent> adopt(const origin::OriginResponse& response);
  Result<> adopt_version(const origin::OriginResponse& response, std::uint64_t total);
  /// The object at hand is still the origin's.
  void refresh(const origin::OriginResponse& response);
  /// Finishes the round with the object: from now on clients are served from it.
  void publish();
  void claim(const Extent& extent, bool everything);
  Task<Result<>> receive(origin::OriginResponse& response, Extent extent);
  Task<Result<>> receive_slice(origin::OriginResponse& response, const std::shared_ptr<FillingSlice>& slice,
                               std::uint64_t& position, bool& ended);
  Task<Result<>> skip(origin::OriginResponse& response, std::uint64_t count);
  Task<Result<>> take_buffer(FillingSlice& slice);
  Result<> end_of_unknown_length(std::uint64_t total);
  bool wanted() const;
  void finish_round(Outcome outcome);
  void give_up(const Error& error);
  void drop_claims();

  Worker& worker_;
  Cache& cache_;
  Plan plan_;
  std::shared_ptr<Object> object_;
  std::deque<std::shared_ptr<FillingSlice>> claimed_;  // still to be filled, in order
  std::shared_ptr<const Answer> last_answer_;          // a 5xx that is worth another try, and else goes to clients
  std::uint64_t received_ = 0;                         // bytes of slices
  bool round_open_;
  bool has_claimed_;
  bool without_range_ = false;
  bool whole_ = false;  // the origin sends everything: keep all of it
};

}  // namespace larder::cache
