// HttpFront: where HTTP becomes an api::Request, and an api::Response becomes HTTP.
//
// Requests are answered on worker threads, which may block; one that waits for a change holds no thread meanwhile, and
// those that take long have threads of their own (slow_lane.h).
//
// Threads    one event loop. What Shared refers to must outlive it.
// Cancel     ChangeWaiters::stop() ends waits; answers under way are finished.
#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <string>

#include "api/call.h"
#include "api/change_waiters.h"
#include "api/portal_metrics.h"
#include "api/sender.h"
#include "api/slow_lane.h"
#include "core/blocking_pool.h"
#include "http/date.h"
#include "http/server_session.h"
#include "net/turnstile.h"

namespace larder::api {

class HttpFront final : public http::RequestHandler {
 public:
  /// Bodies that are held at the same time, all requests together.
  static constexpr std::size_t kBodyMemory = 256 << 20;

  struct Shared {
    std::function<Response(const Request&)> answer;  // called on a thread of the workers or of a lane; never throws
    BlockingPool& workers;
    ChangeWaiters& waiters;
    PortalMetrics& metrics;
    const portal::PortalConfig& config;
    const Clock& clock;
    Log& log;
    std::function<SlowLane*(const Request&)> lane = nullptr;  // null, and no lane: the workers'
  };

  HttpFront(Shared shared, Executor executor)
      : shared_(std::move(shared)),
        executor_(executor),
        woken_(executor, std::max<std::size_t>(1, shared_.config.workers / 2)) {}

  Task<http::Persistence> handle(http::Exchange& exchange) override;
  bool takes_bodies() const override { return true; }
  http::Refusal refusal(const http::HeadProblem& problem) const override;
  void refused(net::ByteStream& stream, const http::HeadProblem& problem) override;

 private:
  class BodyShare;  // a part of kBodyMemory

  Task<Response> respond(http::Exchange& exchange, const Sender& sender, Request& request);
  Task<Response> answer(const Request& request, const net::ByteStream& client);
  Task<Response> wait_and_answer(const Request& request, const net::ByteStream& client, Response response,
                                 ChangeWaiters::Mark mark);
  Task<std::optional<Response>> ask_again(const Request& request, SteadyTime end, ChangeWaiters::Mark& mark);
  Task<std::optional<Response>> run(const Request& request);
  Task<Response> run_slowly(SlowLane& lane, const Request& request);
  Task<http::Persistence> send(http::Exchange& exchange, const Response& response, bool secure);
  void write_log(const Request& request, const Response& response, SteadyTime begun);

  const Shared shared_;
  Executor executor_;
  net::Turnstile woken_;  // requests that waited for a change, and ask again
  std::size_t body_memory_ = 0;
  http::CurrentDate date_;
};

}  // namespace larder::api
