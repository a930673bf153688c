// HttpFront: where HTTP becomes an api::Request, and an api::Response becomes HTTP.
//
// Requests are answered on worker threads, which may block; those that take long have threads of their own
// (slow_lane.h). One that waits for a change, or for its client to take what there is, holds no thread meanwhile. What
// one client may have at a time is bounded: requests, turns with the workers, memory.
//
// Threads    one event loop. What Shared refers to must outlive it.
// Cancel     ChangeWaiters::stop() ends waits; answers under way are finished, if their clients take them
//            (response_writer.h).
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

#include "api/call.h"
#include "api/change_waiters.h"
#include "api/front_config.h"
#include "api/held_memory.h"
#include "api/portal_metrics.h"
#include "api/sender.h"
#include "api/slow_lane.h"
#include "api/wait_places.h"
#include "api/worker_turns.h"
#include "core/blocking_pool.h"
#include "http/client_limits.h"
#include "http/date.h"
#include "http/server_session.h"

namespace larder::api {

class ResponseWriter;

class HttpFront final : public http::RequestHandler {
 public:
  /// Bodies of those who are not signed in: what signing in and asking for access need.
  static constexpr std::size_t kStrangersBody = 32 * 1024;

  struct Shared {
    std::function<Response(const Request&)> answer;  // called on a thread of the workers or of a lane; never throws
    /// Why somebody with a request like this may not send a large body; called on a worker thread, without the body.
    std::function<std::optional<Response>(const Request&)> refuse_stranger;
    BlockingPool& workers;
    ChangeWaiters& waiters;
    PortalMetrics& metrics;
    http::ClientLimits& clients;
    const FrontConfig& config;
    const Clock& clock;
    Log& log;
    /// Notes in a request what its method and path come to, once; the lane whose threads answer it, or null: the
    /// workers'. On the event loop.
    std::function<SlowLane*(Request&)> route = nullptr;
    std::size_t connections = 4096;  // that clients may have
  };

  HttpFront(Shared shared, Executor executor);

  Task<http::Persistence> handle(http::Exchange& exchange) override;
  bool takes_bodies() const override { return true; }
  http::Refusal refusal(const http::HeadProblem& problem) const override;
  void refused(net::ByteStream& stream, const http::HeadProblem& problem) override;

  /// Bytes of bodies and answers that are held. On the event loop.
  std::size_t held() const { return memory_.held(); }
  /// Requests that wait for a worker. Any thread.
  std::size_t queued() const { return turns_.waiting(); }

 private:
  struct Visit;  // a request, who sent it, what it holds
  using Job = std::function<Response()>;

  Task<Response> respond(http::Exchange& exchange, Visit& visit);
  Task<std::optional<Response>> take_body(http::Exchange& exchange, Visit& visit);
  Task<std::optional<Response>> find_limit(const http::RequestHead& head, Visit& visit, std::size_t& limit);
  Task<Response> answer(const Visit& visit, const net::ByteStream& client);
  Task<Response> wait_and_answer(const Visit& visit, const net::ByteStream& client, Response response,
                                 ChangeWaiters::Mark mark);
  Task<Response> wait_for_change(const Visit& visit, const net::ByteStream& client, Response response,
                                 ChangeWaiters::Mark mark);
  Task<std::optional<Response>> ask_again(const Visit& visit, SteadyTime end, ChangeWaiters::Mark& mark);
  Task<std::optional<Response>> run(const Visit& visit, Job job);
  Task<std::optional<Response>> run(const Visit& visit);
  bool has_room(const Visit& visit) const;
  Response no_room();
  Task<Response> run_slowly(SlowLane& lane, const Request& request);
  Task<http::Persistence> send(http::Exchange& exchange, Visit& visit, Response response);
  Task<bool> send_pieces(ResponseWriter& writer, const net::ByteStream& client, Visit& visit, std::string next);
  Task<Response> next_piece(const Visit& visit, const net::ByteStream& client);
  Response too_many(PortalMetrics::Limit limit, std::string detail);
  void give_memory_back();
  void write_log(const Request& request, const Response& response, SteadyTime begun);

  const Shared shared_;
  Executor executor_;
  WorkerTurns turns_;
  WaitPlaces wait_places_;
  HeldMemory memory_;
  http::CurrentDate date_;
};

}  // namespace larder::api
