#include "simulation/simulated_origin.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "http/date.h"

namespace larder::simulation {

using std::chrono::milliseconds;
using std::chrono::seconds;
using support::OriginObject;

namespace {

constexpr std::size_t kHeadLimit = 32 << 10;
// How long a node may serve what is old because of what was said to one query: until it has asked again, and a moment.
constexpr seconds kHeldUp{4};

std::span<const std::byte> as_bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

/// What is answered instead of content; 0: content is.
int status_of(Trouble trouble) {
  switch (trouble) {
    case Trouble::kNotFound: return 404;
    case Trouble::kForbidden: return 403;
    case Trouble::kInternalError: return 500;
    case Trouble::kUnavailable: return 503;
    default: return 0;
  }
}

}  // namespace

Task<void> SimulatedOrigin::serve(std::unique_ptr<SimulatedStream> stream) {
  Session session(std::move(stream), co_await asio::this_coro::executor);
  for (;;) {
    session.stream->expire_at(session.timer.time().now() + seconds(40));
    const auto request = co_await read_request(*session.stream, session.buffer);
    if (!request) break;
    session.stream->expire_at(session.timer.time().now() + seconds(300));
    const bool goes_on = co_await answer(session, *request);
    if (!goes_on) break;
  }
  session.stream->close();
}

Task<std::optional<SimulatedOrigin::Request>> SimulatedOrigin::read_request(SimulatedStream& stream,
                                                                            std::string& buffer) {
  std::array<std::byte, 4096> piece{};
  std::size_t end = buffer.find("\r\n\r\n");
  while (end == std::string::npos) {
    const auto count = co_await stream.read_some(piece);
    if (!count || *count == 0 || buffer.size() > kHeadLimit) co_return std::nullopt;
    buffer.append(reinterpret_cast<const char*>(piece.data()), *count);
    end = buffer.find("\r\n\r\n");
  }
  Request request;
  auto head = support::parse_message_head(std::string_view(buffer).substr(0, end + 2));
  buffer.erase(0, end + 4);
  if (!head) co_return std::nullopt;
  request.head = *std::move(head);
  std::string_view line = request.head.first_line;
  line.remove_prefix(std::min(line.size(), line.find(' ') + 1));
  line = line.substr(0, line.find(' '));
  request.url.host = request.head.field("Host");
  request.url.path = line.substr(0, line.find('?'));
  if (line.find('?') != std::string_view::npos) request.url.query = line.substr(line.find('?') + 1);
  co_return request;
}

/// What goes wrong from now on for so long is this origin's fault.
void SimulatedOrigin::blame(const support::Url& url, std::chrono::nanoseconds lasts) {
  const support::Url known{url.host, url.path, ""};
  auditor_.out(known, site_.now(), site_.now() + lasts);
  service_.disturbed(known, site_.now() + lasts);
}

/// What the trouble is to others, who may make what of it for so long.
void SimulatedOrigin::note_trouble(const support::Url& url, Trouble trouble, std::chrono::nanoseconds delay) {
  ++counters_.troubles[to_string(trouble)];
  const support::Url known{url.host, url.path, ""};
  if (trouble == Trouble::kSilent) {
    auditor_.out(known, site_.now(), site_.now() + delay);
    service_.silent(known, site_.now() + delay);
  } else if (!is_harmless(trouble)) {
    blame(known, delay);
  }
}

std::chrono::nanoseconds SimulatedOrigin::draw_delay(Trouble trouble) {
  // Times of a second or more are long enough for content to change.
  switch (trouble) {
    case Trouble::kLateHead: return random_.time(seconds(1), seconds(6));
    case Trouble::kStallsInHead:
    case Trouble::kSilent: return random_.time(seconds(8), seconds(40));
    default: return seconds(0);
  }
}

Task<bool> SimulatedOrigin::answer(Session& session, const Request& request) {
  ++counters_.requests;
  const bool keep = !random_.happens(500);
  const Resource* resource = site_.find(request.url.host, request.url.path);
  const auto refusal = Refusal::of(request.url.query);
  const bool untold = resource != nullptr && resource->framing != Resource::Framing::kLength;
  const Trouble trouble = draw_trouble(work_, random_, is_conditional(request.head), untold);
  trace_.note("origin: {} {} \"{}\" \"{}\" trouble {}", to_string(request.url), request.head.field("Range"),
              request.head.field("If-None-Match"), request.head.field("If-Modified-Since"), to_string(trouble));
  const Refusal error{resource == nullptr ? 404 : status_of(trouble)};
  if (resource == nullptr) co_return co_await send_error(session, request, error, keep);
  if (refusal) co_return co_await refuse(session, request, *refusal, keep);

  const std::chrono::nanoseconds delay = draw_delay(trouble);
  note_trouble(request.url, trouble, delay);
  if (error.status > 0) co_return co_await send_error(session, request, error, keep);
  if (trouble == Trouble::kSilent) {
    static_cast<void>(co_await session.pause(delay));
    co_return false;
  }
  const OriginReply::Asked asked{request.head, site_.now(), trouble, keep};
  const OriginReply reply = OriginReply::make(*resource, object_of(*resource, session, trouble), asked, random_);
  const bool sent = co_await send_head(session, request, *resource, reply, delay);
  if (!sent) co_return false;
  if (reply.status == 304) ++counters_.not_modified;
  if (reply.status != 200 && reply.status != 206) co_return reply.keep_alive;
  ++counters_.contents;
  if (request.is_head()) co_return reply.keep_alive;
  const bool whole = co_await send_body(session, *resource, reply, trouble);
  co_return whole&& reply.keep_alive;
}

/// The version that it has now is what it sends to the end, as an open file would be.
OriginObject SimulatedOrigin::object_of(const Resource& resource, const Session& session, Trouble trouble) {
  OriginObject object = resource.object;
  if (resource.validators == Resource::Validators::kAlternating) {
    object.etag = fmt::format("\"{}-edge{}\"", resource.url.path, session.stream->number() % 3);
  }
  constexpr std::uint64_t kTiB = std::uint64_t{1} << 40;
  constexpr std::uint64_t kEiB = std::uint64_t{1} << 60;
  if (trouble == Trouble::kHugeLength) {
    object.size = random_.one_of({kTiB, kTiB + 1, 4 * kTiB, 1024 * kTiB, kEiB, 8 * kEiB - 1, 8 * kEiB});
  }
  if (trouble == Trouble::kEndless) object.size = 4 * kEiB;  // more than anybody will see
  return object;
}

/// Tells the auditor what the reply says, at this moment.
void SimulatedOrigin::note_given(const Request& request, const Resource& resource, const OriginReply& reply) {
  auditor_.given(resource.url, reply.object, site_.now());
  const bool shares_tag =
      resource.validators == Resource::Validators::kWeak && resource.before.etag == reply.object.etag;
  if (reply.status == 304 && shares_tag) auditor_.given(resource.url, resource.before, site_.now());
  if (reply.status == 416) auditor_.answered(request.url, reply.status, site_.now());
}

Task<bool> SimulatedOrigin::send_head(Session& session, const Request& request, const Resource& resource,
                                      const OriginReply& reply, std::chrono::nanoseconds delay) {
  note_given(request, resource, reply);
  const std::string_view head = reply.head;
  const std::size_t first = delay.count() > 0 && random_.happens(5'000) ? random_.below(head.size()) : 0;
  if (first > 0) {
    if (!co_await session.stream->write_all(as_bytes(head.substr(0, first)))) co_return false;
  }
  if (delay.count() > 0) {
    if (!co_await session.pause(delay)) co_return false;
  }
  note_given(request, resource, reply);
  const auto written = co_await session.stream->write_all(as_bytes(head.substr(first)));
  co_return written.has_value();
}

/// What is said to one query is nobody else's trouble. While it is not said, old content is in order for everybody, and
/// for a moment if it sounds as if the origin were out.
Task<bool> SimulatedOrigin::refuse(Session& session, const Request& request, Refusal refusal, bool keep) {
  ++counters_.troubles["refusals"];
  const bool silent = random_.happens(300);
  const auto delay = silent ? random_.time(seconds(1), seconds(10)) : random_.time(seconds(0), milliseconds(300));
  const support::Url known{request.url.host, request.url.path, ""};
  const support::Elapsed now = site_.now();
  if (silent) auditor_.out(known, now, now + delay);
  if (refusal.is_of_the_moment()) auditor_.held_up(known, now, now + delay + kHeldUp);
  if (silent || refusal.is_of_the_moment()) service_.refused(known, now + delay + kHeldUp);
  auditor_.answered(request.url, refusal.status, now);
  if (!co_await session.pause(delay)) co_return false;
  co_return co_await send_error(session, request, refusal, keep);
}

Task<bool> SimulatedOrigin::send_error(Session& session, const Request& request, Refusal error, bool keep) {
  auditor_.answered(request.url, error.status, site_.now());
  const std::string body = random_.happens(5'000) ? "the origin says no\n" : "";
  const std::string text =
      fmt::format("HTTP/1.1 {} Error\r\nDate: {}\r\nContent-Length: {}\r\n{}{}\r\n{}", error.status,
                  http::date_to_string(SimulatedClock::kStart + site_.now()), body.size(),
                  error.later ? "Retry-After: 2\r\n" : "", keep ? "" : "Connection: close\r\n", body);
  if (!co_await session.stream->write_all(as_bytes(text))) co_return false;
  co_return keep;
}

}  // namespace larder::simulation
