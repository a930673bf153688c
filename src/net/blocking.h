// run_blocking(): a job on a pool's thread, its result back on the event loop.
//
//     auto lookup = [host] { return resolve(host); };                   // named first:
//     docs/decisions/0003-coroutines.md auto found = co_await run_blocking(pool, executor, lookup);
#pragma once

#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "core/blocking_pool.h"
#include "core/result.h"
#include "net/wakeup.h"

namespace larder::net {

// BlockingJob: the job, its result, and who waits for it. The pool may drop it unrun.
template <class F>
class BlockingJob {
 public:
  using Returned = std::invoke_result_t<F>;

  BlockingJob(F job, Executor executor) : job_(std::move(job)), done_(Wakeup::make(executor)) {}

  // Held by the pool's queue: when it goes, run or dropped, whoever waits is told.
  class Ticket {
   public:
    explicit Ticket(std::shared_ptr<BlockingJob> job) : job_(std::move(job)) {}
    ~Ticket() { job_->done_->notify(); }
    Ticket(const Ticket&) = delete;
    Ticket& operator=(const Ticket&) = delete;
    void run() { job_->returned_.emplace(job_->job_()); }

   private:
    std::shared_ptr<BlockingJob> job_;
  };

  Task<bool> ended() { return done_->wait(SteadyTime::max()); }
  std::optional<Returned>& returned() { return returned_; }

 private:
  F job_;
  std::shared_ptr<Wakeup> done_;
  std::optional<Returned> returned_;
};

/// `job` returns a Result. Not cancellable: it waits for the job to end, so what the job refers to may live in the
/// caller. Errors: those of `job`; kUnavailable (the pool's queue is full), kCancelled (the pool stopped first).
template <class F>
Task<std::invoke_result_t<F>> run_blocking(BlockingPool& pool, Executor executor, F job) {
  const auto shared = std::make_shared<BlockingJob<F>>(std::move(job), executor);
  auto ticket = std::make_shared<typename BlockingJob<F>::Ticket>(shared);
  const bool queued = pool.try_post([ticket] { ticket->run(); });
  ticket.reset();
  if (!queued) co_return fail(Errc::kUnavailable, "too many blocking operations are queued");
  co_await shared->ended();
  if (!shared->returned()) co_return fail(Errc::kCancelled, "the pool of threads stopped");
  co_return *std::move(shared->returned());
}

}  // namespace larder::net
