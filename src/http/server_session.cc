#include "http/server_session.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <utility>

#include "http/date.h"
#include "http/head_buffer.h"
#include "http/head_writer.h"
#include "net/loop_time.h"

namespace larder::http {
namespace {

using ParsedHead = Result<std::optional<RequestHead>, HeadProblem>;

// How long and for how many bytes a client may go on sending after it was refused.
constexpr auto kLingerTime = std::chrono::seconds(2);
constexpr auto kLastLinger = std::chrono::milliseconds(250);  // when the server stops
constexpr std::size_t kLingerBytes = 256 * 1024;

// A client that pipelines small requests must not keep the event loop from all others.
constexpr int kAnswersInTurn = 32;

class Session {
 public:
  Session(net::ByteStream& stream, RequestHandler& handler, const SessionLimits& limits,
          const std::atomic<bool>& stopping, IdleConnections::Connection* idle, const bool* retiring,
          const net::LoopTime& time)
      : stream_(stream),
        handler_(handler),
        limits_(limits),
        stopping_(stopping),
        idle_(idle),
        retiring_(retiring),
        time_(time),
        takes_bodies_(handler.takes_bodies()),
        buffer_(limits.head_bytes) {}

  Task<void> run();

 private:
  Task<Result<std::size_t>> receive();
  Task<bool> answer_next();
  Task<void> read_rest_of_head(ParsedHead& parsed);
  Task<void> refuse(const HeadProblem& problem);
  Task<Result<>> say(const std::string& answer);
  Task<void> end(Persistence outcome);
  Task<void> leave();
  std::optional<HeadProblem> body_problem(const RequestHead& head) const;
  bool pass_over(const RequestHead& head, const RequestBody& body);
  SteadyTime in(std::chrono::milliseconds duration) const { return time_.now() + duration; }

  net::ByteStream& stream_;
  RequestHandler& handler_;
  const SessionLimits& limits_;
  const std::atomic<bool>& stopping_;
  IdleConnections::Connection* const idle_;  // null: nobody asks
  const bool* const retiring_;               // null: never
  const net::LoopTime& time_;
  const bool takes_bodies_;
  HeadBuffer buffer_;
};

Task<void> Session::run() {
  int answered = 0;
  while (!stopping_.load(std::memory_order_relaxed)) {
    if (buffer_.empty()) {
      answered = 0;
      buffer_.release();
      stream_.expire_at(in(limits_.idle), &stopping_);
      const auto count = co_await receive();
      if (!count && count.error().code == Errc::kTimeout) break;
      if (!count || *count == 0) {
        stream_.close();
        co_return;
      }
      buffer_.commit(*count);
    }
    if (!co_await answer_next()) co_return;
    if (++answered % kAnswersInTurn == 0) co_await asio::post(co_await asio::this_coro::executor, no_throw);
  }
  co_await end(Persistence::kClose);
}

/// The beginning of a request.
Task<Result<std::size_t>> Session::receive() {
  const IdleConnections::Wait wait(idle_, IdleConnections::Where::kBetweenExchanges);
  co_return co_await stream_.receive(buffer_.space());
}

/// False: the connection is closed.
Task<bool> Session::answer_next() {
  ParsedHead parsed = parse_request_head(buffer_.unread(), limits_.head_bytes);
  if (parsed && !*parsed) co_await read_rest_of_head(parsed);
  if (parsed && !*parsed) {
    stream_.close();
    co_return false;
  }
  auto problem = parsed ? body_problem(**parsed) : std::optional(parsed.error());
  if (problem) {
    co_await refuse(*problem);
    co_return false;
  }

  stream_.expire_at(SteadyTime::max());
  const RequestHead& head = **parsed;
  RequestBody body(stream_, head, buffer_.unread().substr(head.size),
                   {.whole = limits_.body, .first = limits_.head, .rate = limits_.body_rate}, stopping_, idle_);
  Exchange exchange(head, stream_, body, stopping_);
  exchange.keep_alive = head.keep_alive && (retiring_ == nullptr || !*retiring_);
  exchange.idle = idle_;
  const Persistence outcome = co_await handler_.handle(exchange);
  const bool at_next = pass_over(head, body);
  if (outcome == Persistence::kKeep && exchange.keep_alive && at_next) co_return true;
  co_await end(outcome);
  co_return false;
}

/// Drops the head and its body. False: what comes next is not the next request.
bool Session::pass_over(const RequestHead& head, const RequestBody& body) {
  if (!head.has_body() || body.unread()) {
    buffer_.consume(head.size);
    return !head.has_body();
  }
  const std::string_view unread = buffer_.unread();
  const std::string_view next = body.left();
  if (next.empty() || next.data() + next.size() == unread.data() + unread.size()) {
    buffer_.consume(unread.size() - next.size());
    return true;
  }
  buffer_.consume(unread.size());
  if (next.size() > buffer_.limit()) return false;
  for (std::size_t done = 0; done < next.size();) {
    const auto room = buffer_.space();
    const std::size_t count = std::min(room.size(), next.size() - done);
    std::memcpy(room.data(), next.data() + done, count);
    buffer_.commit(count);
    done += count;
  }
  return true;
}

/// `parsed` stays empty: the client has gone. It is not returned, so that there is one of it: a head is long.
Task<void> Session::read_rest_of_head(ParsedHead& parsed) {
  stream_.expire_at(in(limits_.head), &stopping_);
  const IdleConnections::Wait wait(idle_);
  for (;;) {
    const auto count = co_await stream_.read_some(buffer_.space());
    if (!count && count.error().code == Errc::kTimeout && !stopping_.load(std::memory_order_relaxed)) {
      parsed = std::unexpected(HeadProblem(408, "the head of the request took too long"));
      co_return;
    }
    if (!count || *count == 0) co_return;
    buffer_.commit(*count);
    parsed = parse_request_head(buffer_.unread(), limits_.head_bytes);
    if (!parsed || *parsed) co_return;
  }
}

std::optional<HeadProblem> Session::body_problem(const RequestHead& head) const {
  if (takes_bodies_) {
    const auto expected = head.minor_version == 0 ? std::nullopt : head.fields.find("Expect");
    if (!expected || (head.fields.count("Expect") == 1 && equal_names(*expected, "100-continue"))) return std::nullopt;
    return HeadProblem(417, "the only expectation that is met here is 100-continue");
  }
  if (!head.has_body()) return std::nullopt;
  if (head.method == Method::kOther) return HeadProblem(405, "only GET and HEAD are served here");
  return HeadProblem(400, fmt::format("{} with a body is not served here", head.method_text));
}

Task<void> Session::refuse(const HeadProblem& problem) {
  const std::string answer = refusal_text(handler_, problem, time_.wall());
  const auto written = co_await say(answer);
  handler_.refused(stream_, problem);
  if (written) {
    co_await leave();
  } else {
    stream_.abort();
  }
}

Task<Result<>> Session::say(const std::string& answer) {
  stream_.expire_at(in(kLingerTime), &stopping_);
  const IdleConnections::Wait wait(idle_);
  co_return co_await stream_.write_all(std::as_bytes(std::span(answer)));
}

Task<void> Session::end(Persistence outcome) {
  if (outcome == Persistence::kAbort) {
    stream_.abort();
  } else if (buffer_.empty() && stream_.is_idle()) {
    stream_.close();
  } else {
    co_await leave();
  }
}

Task<void> Session::leave() {
  const IdleConnections::Wait wait(idle_, IdleConnections::Where::kBetweenExchanges);
  co_await linger(stream_, stopping_);
}

}  // namespace

std::string refusal_text(const RequestHandler& handler, const HeadProblem& problem, WallTime now) {
  const Refusal refusal = handler.refusal(problem);
  std::string answer;
  HeadWriter writer(answer);
  writer.status(problem.status).field("Date", date_to_string(now));
  if (problem.status == 405) writer.field("Allow", refusal.allow);
  writer.field("Content-Type", refusal.content_type).field("Content-Length", refusal.body.size());
  writer.field("Connection", "close").finish();
  return answer + refusal.body;
}

Task<void> linger(net::ByteStream& stream, const std::atomic<bool>& stopping) {
  stream.shutdown_send();
  const SteadyTime now = net::LoopTime::of(co_await asio::this_coro::executor).now();
  if (stopping.load(std::memory_order_relaxed)) {
    stream.expire_at(now + kLastLinger);
  } else {
    stream.expire_at(now + kLingerTime, &stopping);
  }
  std::array<std::byte, 1024> dropped{};
  for (std::size_t drained = 0; drained < kLingerBytes;) {
    const auto count = co_await stream.read_some(dropped);
    if (!count || *count == 0) break;
    drained += *count;
  }
  stream.close();
}

Task<void> serve(net::ByteStream& stream, RequestHandler& handler, const SessionLimits& limits,
                 const std::atomic<bool>& stopping, IdleConnections::Connection* idle, const bool* retiring) {
  Session session(stream, handler, limits, stopping, idle, retiring,
                  net::LoopTime::of(co_await asio::this_coro::executor));
  co_await session.run();
}

}  // namespace larder::http
