#include "api/http_front.h"

#include <algorithm>
#include <utility>

#include "api/http_problem.h"
#include "api/response_writer.h"
#include "api/route.h"
#include "core/clock.h"
#include "core/give_back.h"
#include "core/shown.h"
#include "http/request_target.h"
#include "net/blocking.h"
#include "net/network.h"

namespace larder::api {
namespace {

// A request that has waited for a change and finds all workers busy tries again.
constexpr auto kTryAgain = std::chrono::seconds(1);
// So often a waiting request looks whether its client is still there.
constexpr auto kLookForClient = std::chrono::seconds(2);
constexpr std::string_view kBusy = "the portal has more requests than it can answer at the moment";
constexpr int kLaneRetry_s = 5;  // for a lane's queue to move on
// Of what a client made up, in a log line, in bytes.
constexpr std::size_t kLoggedPath = 1000;
constexpr std::size_t kLoggedRubbish = 100;  // of a path that leads nowhere, of a request that is none
constexpr std::size_t kLoggedMethod = 32;
// So much given back by requests, and memory is given back to the system too.
constexpr std::size_t kEbb = 16 << 20;

/// What a log may hold of the path: the code that a person types to sign a device in is as good as a password while it
/// is valid. Of a path without a route, which anybody can make as long as a head may be, the beginning says enough.
std::string loggable_path(const Request& request) {
  constexpr std::string_view kCodes = "/device-codes/";
  const std::string_view path = request.path;
  const std::size_t codes = path.find(kCodes);
  if (codes != std::string_view::npos) return std::string(path.substr(0, codes + kCodes.size())) + "*";
  const bool has_route = request.match && request.match->route != nullptr;
  return shown(path, has_route ? kLoggedPath : kLoggedRubbish);
}

Request request_of(const http::RequestHead& head, const Sender& sender) {
  const auto [path, query] = http::path_and_query(head.target);
  Request request;
  request.method = head.method_text;
  request.path = path;
  request.query = query;
  request.fields.reserve(head.fields.size());
  for (const http::Field& field : head.fields) request.fields.emplace_back(field.name, field.value);
  request.client = sender.client;
  request.secure = sender.secure;
  return request;
}

}  // namespace

struct HttpFront::Visit {
  Visit(Request asked, HeldMemory& memory)
      : request(std::move(asked)), client(net::network_of(request.client)), share(memory, client) {}

  Request request;
  const net::IpAddress client;  // who has a share of what all use
  HeldMemory::Share share;
  SlowLane* lane = nullptr;

  WorkerTurns::Work work() const {
    const Route* const route = request.match ? request.match->route : nullptr;
    const bool writes = route != nullptr && (route->mode == Mode::kWrite || route->mode == Mode::kOwn);
    return writes ? WorkerTurns::Work::kWrites : WorkerTurns::Work::kReads;
  }
};

HttpFront::HttpFront(Shared shared, Executor executor)
    : shared_(std::move(shared)),
      executor_(executor),
      turns_(executor, {.workers = shared_.config.workers}),
      wait_places_(shared_.connections),
      memory_(HeldMemory::limits_for(shared_.config.body_limit)) {}

Task<http::Persistence> HttpFront::handle(http::Exchange& exchange) {
  const SteadyTime begun = shared_.clock.now();
  const net::IpAddress peer = exchange.stream.peer().address;
  const http::RequestHead& head = exchange.head;
  const Sender sender = find_sender(peer, exchange.stream.is_tls(), head.fields, shared_.config.trusted_proxies);
  http::Persistence outcome = http::Persistence::kAbort;
  {
    Visit visit(request_of(head, sender), memory_);
    const http::ClientLimits::OpenRequest open(shared_.clients, sender.client);
    const http::IdleConnections::OnBehalf on_behalf(exchange.idle, sender.client);
    Response response;
    if (!sender.allowed) {
      response = insecure();
    } else if (!open.allowed()) {
      response =
          too_many(PortalMetrics::Limit::kRequests, "your address has as many requests under way as it may have");
    } else {
      response = co_await respond(exchange, visit);
    }
    write_log(visit.request, response, begun);
    outcome = co_await send(exchange, visit, std::move(response));
  }
  give_memory_back();
  co_return outcome;
}

Task<Response> HttpFront::respond(http::Exchange& exchange, Visit& visit) {
  auto problem = co_await take_body(exchange, visit);
  if (problem) co_return *std::move(problem);
  if (!has_room(visit)) co_return no_room();
  if (shared_.route) visit.lane = shared_.route(visit.request);
  co_return co_await answer(visit, exchange.stream);
}

/// nullopt: it is in visit.request.
Task<std::optional<Response>> HttpFront::take_body(http::Exchange& exchange, Visit& visit) {
  std::size_t limit = 0;
  auto refusal = co_await find_limit(exchange.head, visit, limit);
  if (refusal) co_return refusal;
  const http::RequestBody::MayHold may_hold = [this, &visit](std::size_t bytes) -> std::optional<http::HeadProblem> {
    if (visit.share.try_set(bytes)) return std::nullopt;
    shared_.metrics.met(PortalMetrics::Limit::kMemory);
    return http::HeadProblem(503, "your address sends as many large requests as it may at once");
  };
  auto body = co_await exchange.body.read(limit, may_hold);
  if (!body) co_return problem_of(body.error());
  visit.request.body = *std::move(body);
  visit.share.set(visit.request.body.capacity());
  co_return std::nullopt;
}

/// How large the body may be: little, until it is known that whoever sends it is signed in.
Task<std::optional<Response>> HttpFront::find_limit(const http::RequestHead& head, Visit& visit, std::size_t& limit) {
  limit = shared_.config.body_limit;
  const std::size_t strangers = std::min(limit, kStrangersBody);
  const std::uint64_t announced = head.content_length.value_or(0);
  if (announced > limit) co_return std::nullopt;  // too large for anybody
  if (!head.chunked && announced <= strangers) {
    limit = strangers;
    co_return std::nullopt;
  }
  bool known = false;
  const Job job = [this, &visit, &known] {
    auto refusal = shared_.refuse_stranger(visit.request);
    known = !refusal;
    return refusal ? *std::move(refusal) : Response();
  };
  auto refusal = co_await run(visit, job);
  if (known) co_return std::nullopt;
  limit = strangers;
  if (refusal && head.chunked) co_return std::nullopt;  // it may be a small one
  co_return refusal ? std::move(refusal) : std::optional(busy(std::string(kBusy)));
}

Task<Response> HttpFront::answer(const Visit& visit, const net::ByteStream& client) {
  // Taken before the handler looks, so that no change between the look and the wait is missed.
  const ChangeWaiters::Mark mark = shared_.waiters.mark();
  auto response = co_await run(visit);
  if (!response) co_return too_many(PortalMetrics::Limit::kQueue, std::string(kBusy));
  if (!response->wait) co_return *std::move(response);
  co_return co_await wait_and_answer(visit, client, *std::move(response), mark);
}

/// Who may not wait is given what there is, as the client's wish allows (RFC 7240: it is one).
Task<Response> HttpFront::wait_and_answer(const Visit& visit, const net::ByteStream& client, Response response,
                                          ChangeWaiters::Mark mark) {
  const WaitPlaces::Place place(wait_places_, net::site_of(visit.client));
  if (place.taken()) co_return co_await wait_for_change(visit, client, std::move(response), mark);
  std::erase_if(response.fields, [](const auto& field) { return field.first == "Preference-Applied"; });
  co_return response;
}

/// `response` says what to wait for; `mark` is from before it was made. A client that has gone, or half gone, is given
/// what there is.
Task<Response> HttpFront::wait_for_change(const Visit& visit, const net::ByteStream& client, Response response,
                                          ChangeWaiters::Mark mark) {
  const SteadyTime end = SystemClock().now() + response.wait->patience;
  while (response.wait) {
    const Response::Wait wait = *response.wait;
    const SteadyTime look = std::min(end, SystemClock().now() + kLookForClient);
    if (!co_await shared_.waiters.wait(wait.kind, wait.id, mark, look, executor_)) {
      if (shared_.waiters.stopped() || client.has_ended() || SystemClock().now() >= end) break;
      continue;
    }
    auto again = co_await ask_again(visit, end, mark);
    if (!again) break;
    response = *std::move(again);
  }
  co_return response;
}

/// A change may wake thousands: they take turns with everybody else. nullopt: there was no place in the line until
/// `end`.
Task<std::optional<Response>> HttpFront::ask_again(const Visit& visit, SteadyTime end, ChangeWaiters::Mark& mark) {
  std::optional<Response> response;
  for (;;) {
    mark = shared_.waiters.mark();
    response = co_await run(visit);
    if (response || shared_.waiters.stopped() || SystemClock().now() >= end) break;
    const auto rest = net::Wakeup::make(executor_);
    co_await rest->wait(SystemClock().now() + kTryAgain);
  }
  co_return response;
}

Task<std::optional<Response>> HttpFront::run(const Visit& visit) {
  if (visit.lane != nullptr) co_return co_await run_slowly(*visit.lane, visit.request);
  const Job job = [this, &visit] {
    Response response = shared_.answer(visit.request);
    if (response.status == 503) shared_.metrics.database_failed();
    return response;
  };
  co_return co_await run(visit, job);
}

/// nullopt: all workers are busy, and enough requests, or enough of this client's, are waiting for them.
Task<std::optional<Response>> HttpFront::run(const Visit& visit, Job job) {
  const WorkerTurns::Work kind = visit.work();
  const bool entered = co_await turns_.enter(visit.client, kind);
  if (!entered) co_return std::nullopt;
  if (!has_room(visit)) {  // many of a client's requests may have waited since it last had
    turns_.leave(visit.client, kind);
    co_return no_room();
  }
  const auto work = [&job]() -> larder::Result<Response> { return job(); };
  auto response = co_await net::run_blocking(shared_.workers, executor_, work);
  turns_.leave(visit.client, kind);
  if (!response) co_return std::nullopt;
  co_return *std::move(response);
}

Task<Response> HttpFront::run_slowly(SlowLane& lane, const Request& request) {
  const std::function<Response()> job = [this, &request] { return shared_.answer(request); };
  auto response = co_await lane.run(executor_, request.client, job);
  if (!response) co_return busy(lane.refusal(), kLaneRetry_s);
  co_return *std::move(response);
}

Task<http::Persistence> HttpFront::send(http::Exchange& exchange, Visit& visit, Response response) {
  visit.request.body = std::string();
  visit.share.set(response.body.capacity());
  shared_.metrics.set_held(memory_.held());
  ResponseWriter writer(exchange, shared_.config.send_stall);
  const std::string date(date_.at(shared_.clock.wall()));
  if (!co_await writer.begin(response, date, visit.request.secure)) co_return http::Persistence::kAbort;
  const bool goes_on = !response.next.empty() && exchange.head.method != http::Method::kHead;
  std::string next = std::move(response.next);
  response = Response();
  if (goes_on) {
    const bool whole = co_await send_pieces(writer, exchange.stream, visit, std::move(next));
    if (!whole) co_return http::Persistence::kAbort;
  }
  co_return co_await writer.end();
}

/// False: it broke off, and must not look whole.
Task<bool> HttpFront::send_pieces(ResponseWriter& writer, const net::ByteStream& client, Visit& visit,
                                  std::string next) {
  while (!next.empty()) {
    visit.request.piece = std::move(next);
    Response piece = co_await next_piece(visit, client);
    if (piece.status != 200) {
      shared_.log.write(Level::kWarning, "answer broken off", [&](JsonLine& line) {
        line.add("client", net::to_string(visit.request.client)).add("path", loggable_path(visit.request));
        line.add("status", piece.status);
      });
      co_return false;
    }
    visit.share.set(piece.body.capacity());
    if (!co_await writer.go_on(piece)) co_return false;
    next = std::move(piece.next);
  }
  co_return true;
}

/// However busy the workers are: the client has the beginning already, as long as it is there.
Task<Response> HttpFront::next_piece(const Visit& visit, const net::ByteStream& client) {
  for (;;) {
    auto piece = co_await run(visit);
    if (piece) co_return *std::move(piece);
    if (shared_.waiters.stopped() || client.has_ended()) co_return busy("the portal stops, or the client has gone");
    const auto rest = net::Wakeup::make(executor_);
    co_await rest->wait(SystemClock().now() + kTryAgain);
  }
}

/// An answer that has begun goes on.
bool HttpFront::has_room(const Visit& visit) const {
  return !visit.request.piece.empty() || memory_.has_room(visit.client);
}

Response HttpFront::no_room() {
  return too_many(PortalMetrics::Limit::kMemory, "your address has yet to take the answers it has asked for");
}

Response HttpFront::too_many(PortalMetrics::Limit limit, std::string detail) {
  shared_.metrics.met(limit);
  return busy(std::move(detail));
}

/// The system gets what a burst of large requests took, once it is over: an allocator keeps it otherwise.
void HttpFront::give_memory_back() {
  shared_.metrics.set_held(memory_.held());
  if (memory_.has_ebbed(kEbb)) shared_.workers.try_post([] { larder::give_memory_back(); });
}

http::Refusal HttpFront::refusal(const http::HeadProblem& problem) const {
  Response response = problem_of(problem);
  return {std::move(response.content_type), std::move(response.body), "GET, HEAD, POST, PUT, PATCH, DELETE"};
}

void HttpFront::refused(net::ByteStream& stream, const http::HeadProblem& problem) {
  shared_.metrics.answered("", "", problem.status, {});
  shared_.log.write(Level::kInfo, "request refused", [&](JsonLine& line) {
    line.add("peer", net::to_string(stream.peer().address)).add("status", problem.status);
    line.add("reason", shown(problem.text, kLoggedRubbish));
  });
}

void HttpFront::write_log(const Request& request, const Response& response, SteadyTime begun) {
  const std::chrono::duration<double> duration = shared_.clock.now() - begun;
  shared_.metrics.answered(request.method, request.path, response.status, duration);
  shared_.log.write(Level::kInfo, "request", [&](JsonLine& line) {
    line.add("client", net::to_string(request.client)).add("method", shown(request.method, kLoggedMethod));
    line.add("path", loggable_path(request)).add("status", response.status);
    line.add("duration_ms", duration.count() * 1000);
    if (!response.user_id.empty()) line.add("user", response.user_id);
  });
}

}  // namespace larder::api
