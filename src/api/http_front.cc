#include "api/http_front.h"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <span>
#include <utility>

#include "core/clock.h"
#include "http/head_writer.h"
#include "http/request_target.h"
#include "net/blocking.h"

namespace larder::api {
namespace {

using portal::Problem;
using portal::ProblemKind;

// Bodies up to this size are not counted: there are at most as many as connections.
constexpr std::size_t kSmallBody = 64 * 1024;
// A client has limits.send_stall to take each piece of its answer.
constexpr std::size_t kPiece = 256 * 1024;
// A request that has waited for a change and finds all workers busy tries again.
constexpr auto kTryAgain = std::chrono::seconds(1);
// So often a waiting request looks whether its client is still there.
constexpr auto kLookForClient = std::chrono::seconds(2);
// An answer that somebody makes a browser show as a page does nothing.
constexpr std::string_view kNoPage = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
constexpr int kLaneRetry_s = 5;                 // for a lane's queue to move on
constexpr std::string_view kYear = "31536000";  // seconds

Response busy(std::string detail, int retry_after_s = 1) {
  Problem problem(ProblemKind::kUnavailable, std::move(detail));
  problem.retry_after_s = retry_after_s;
  return to_response(problem);
}

/// A problem of HTTP rather than of the API, as problem+json.
Response problem_of(const http::HeadProblem& problem) {
  if (problem.status == 400) return to_response(Problem(ProblemKind::kMalformed, problem.text));
  if (problem.status == 503) return busy(problem.text);
  if (problem.status == 413) return to_response(Problem(ProblemKind::kTooLarge, problem.text));
  const boost::json::object document{{"type", "about:blank"},
                                     {"title", http::reason_phrase(problem.status)},
                                     {"status", problem.status},
                                     {"detail", problem.text}};
  Response response = Response::json(document, problem.status);
  response.content_type = "application/problem+json";
  return response;
}

/// What a log may hold: the code that a person types to sign a device in is as good as a password while it is valid.
std::string loggable(std::string_view path) {
  constexpr std::string_view kCodes = "/device-codes/";
  const std::size_t codes = path.find(kCodes);
  return codes == std::string_view::npos ? std::string(path) : std::string(path.substr(0, codes + kCodes.size())) + "*";
}

bool has_field(const Response& response, std::string_view name) {
  return std::any_of(response.fields.begin(), response.fields.end(),
                     [&](const auto& field) { return http::equal_names(field.first, name); });
}

}  // namespace

class HttpFront::BodyShare {
 public:
  BodyShare(std::size_t& memory, std::size_t size) : memory_(memory), size_(size <= kSmallBody ? 0 : size) {
    memory_ += size_;
  }
  ~BodyShare() { memory_ -= size_; }
  BodyShare(const BodyShare&) = delete;
  BodyShare& operator=(const BodyShare&) = delete;

  bool fits() const { return size_ == 0 || memory_ <= kBodyMemory; }

 private:
  std::size_t& memory_;
  std::size_t size_;
};

Task<http::Persistence> HttpFront::handle(http::Exchange& exchange) {
  const SteadyTime begun = shared_.clock.now();
  const net::IpAddress peer = exchange.stream.peer().address;
  const http::RequestHead& head = exchange.head;
  const Sender sender = find_sender(peer, exchange.stream.is_tls(), head.fields, shared_.config.trusted_proxies);
  const auto [path, query] = http::path_and_query(head.target);
  Request request;
  request.method = head.method_text;
  request.path = path;
  request.query = query;
  request.client = sender.client;
  request.secure = sender.secure;
  const Response response = co_await respond(exchange, sender, request);
  write_log(request, response, begun);
  co_return co_await send(exchange, response, sender.secure);
}

Task<Response> HttpFront::respond(http::Exchange& exchange, const Sender& sender, Request& request) {
  if (!sender.allowed) {
    co_return to_response(Problem(ProblemKind::kForbidden,
                                  "this came over plain HTTP from another machine, where passwords and tokens could be "
                                  "read on the way; use https, or list the proxy in front of the portal in "
                                  "proxy.trusted"));
  }
  const std::size_t limit = shared_.config.body_limit;
  const std::size_t largest = exchange.head.chunked ? limit : exchange.head.content_length.value_or(0);
  const BodyShare share(body_memory_, std::min(largest, limit));
  if (!share.fits()) co_return busy("the portal is taking in as many large requests as it can at once");
  auto body = co_await exchange.body.read(limit);
  if (!body) co_return problem_of(body.error());
  request.body = *std::move(body);
  request.fields.reserve(exchange.head.fields.size());
  for (const http::Field& field : exchange.head.fields) request.fields.emplace_back(field.name, field.value);
  co_return co_await answer(request, exchange.stream);
}

Task<Response> HttpFront::answer(const Request& request, const net::ByteStream& client) {
  // Taken before the handler looks, so that no change between the look and the wait is missed.
  const ChangeWaiters::Mark mark = shared_.waiters.mark();
  auto response = co_await run(request);
  if (!response) co_return busy("the portal has more requests than it can answer at the moment");
  if (!response->wait) co_return *std::move(response);
  co_return co_await wait_and_answer(request, client, *std::move(response), mark);
}

/// `response` says what to wait for; `mark` is from before it was made. A client that has gone, or half gone, is given
/// what there is.
Task<Response> HttpFront::wait_and_answer(const Request& request, const net::ByteStream& client, Response response,
                                          ChangeWaiters::Mark mark) {
  const SteadyTime end = SystemClock().now() + response.wait->patience;
  while (response.wait) {
    const Response::Wait wait = *response.wait;
    const SteadyTime look = std::min(end, SystemClock().now() + kLookForClient);
    if (!co_await shared_.waiters.wait(wait.kind, wait.id, mark, look, executor_)) {
      if (shared_.waiters.stopped() || client.has_ended() || SystemClock().now() >= end) break;
      continue;
    }
    auto again = co_await ask_again(request, end, mark);
    if (!again) break;
    response = *std::move(again);
  }
  co_return response;
}

/// nullopt: `end` came first. A change may wake thousands: only some of them ask at a time, so that the workers have
/// time for everybody else.
Task<std::optional<Response>> HttpFront::ask_again(const Request& request, SteadyTime end, ChangeWaiters::Mark& mark) {
  if (!co_await woken_.enter(end)) co_return std::nullopt;
  std::optional<Response> response;
  for (;;) {
    mark = shared_.waiters.mark();
    response = co_await run(request);
    if (response || SystemClock().now() >= end) break;
    const auto rest = net::Wakeup::make(executor_);
    co_await rest->wait(SystemClock().now() + kTryAgain);
  }
  woken_.leave();
  co_return response;
}

/// nullopt: all workers are busy, and enough requests are waiting for them.
Task<std::optional<Response>> HttpFront::run(const Request& request) {
  SlowLane* const lane = shared_.lane ? shared_.lane(request) : nullptr;
  if (lane != nullptr) co_return co_await run_slowly(*lane, request);
  const auto job = [this, &request]() -> larder::Result<Response> { return shared_.answer(request); };
  auto response = co_await net::run_blocking(shared_.workers, executor_, job);
  if (!response) co_return std::nullopt;
  if (response->status == 503) shared_.metrics.database_failed();
  co_return *std::move(response);
}

Task<Response> HttpFront::run_slowly(SlowLane& lane, const Request& request) {
  const std::function<Response()> job = [this, &request] { return shared_.answer(request); };
  auto response = co_await lane.run(executor_, request.client, job);
  if (!response) co_return busy(lane.refusal(), kLaneRetry_s);
  co_return *std::move(response);
}

Task<http::Persistence> HttpFront::send(http::Exchange& exchange, const Response& response, bool secure) {
  const bool bodyless = response.status == 204 || response.status == 304;
  std::string out;
  out.reserve(1024 + response.body.size());
  http::HeadWriter head(out);
  head.status(response.status).field("Date", date_.at(shared_.clock.wall()));
  if (!response.content_type.empty()) head.field("Content-Type", response.content_type);
  if (!bodyless) head.field("Content-Length", response.body.size());
  if (!has_field(response, "Cache-Control")) head.field("Cache-Control", "no-store");
  head.field("X-Content-Type-Options", "nosniff");
  if (!has_field(response, "Content-Security-Policy")) head.field("Content-Security-Policy", kNoPage);
  if (!has_field(response, "Referrer-Policy")) head.field("Referrer-Policy", "no-referrer");
  if (secure) head.field("Strict-Transport-Security", "max-age=" + std::string(kYear));
  for (const auto& [name, value] : response.fields) head.field(name, value);
  if (!exchange.stays_open()) {
    head.field("Connection", "close");
  } else if (exchange.head.minor_version == 0) {
    head.field("Connection", "keep-alive");
  }
  head.finish();
  if (!bodyless && exchange.head.method != http::Method::kHead) out += response.body;

  auto rest = std::as_bytes(std::span(out));
  while (!rest.empty()) {
    const auto piece = rest.first(std::min(kPiece, rest.size()));
    exchange.stream.expire_at(SystemClock().now() + shared_.config.send_stall);
    const auto sent = co_await exchange.stream.write_all(piece);
    if (!sent) co_return http::Persistence::kAbort;
    rest = rest.subspan(piece.size());
  }
  co_return http::Persistence::kKeep;
}

http::Refusal HttpFront::refusal(const http::HeadProblem& problem) const {
  Response response = problem_of(problem);
  return {std::move(response.content_type), std::move(response.body), "GET, HEAD, POST, PUT, PATCH, DELETE"};
}

void HttpFront::refused(net::ByteStream& stream, const http::HeadProblem& problem) {
  shared_.metrics.answered("", "", problem.status, {});
  shared_.log.write(Level::kInfo, "request refused", [&](JsonLine& line) {
    line.add("peer", net::to_string(stream.peer().address)).add("status", problem.status).add("reason", problem.text);
  });
}

void HttpFront::write_log(const Request& request, const Response& response, SteadyTime begun) {
  const std::chrono::duration<double> duration = shared_.clock.now() - begun;
  shared_.metrics.answered(request.method, request.path, response.status, duration);
  shared_.log.write(Level::kInfo, "request", [&](JsonLine& line) {
    line.add("client", net::to_string(request.client)).add("method", request.method);
    line.add("path", loggable(request.path)).add("status", response.status);
    line.add("duration_ms", duration.count() * 1000);
    if (!response.user_id.empty()) line.add("user", response.user_id);
  });
}

}  // namespace larder::api
