#include "simulation/simulated_origin.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <span>
#include <utility>
#include <vector>

#include "core/bytes.h"
#include "http/date.h"
#include "net/timer.h"
#include "support/content.h"

namespace larder::simulation {

using std::chrono::seconds;
using support::OriginObject;

namespace {

constexpr std::size_t kBlock = 256 << 10;
constexpr std::size_t kHeadLimit = 32 << 10;

std::span<const std::byte> as_bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

// Weak comparison: what If-None-Match asks for.
bool has_tag(std::string_view condition, std::string_view tag) {
  if (tag.starts_with("W/")) tag.remove_prefix(2);
  return !tag.empty() && condition.find(tag) != std::string_view::npos;
}

bool meets_condition(const support::MessageHead& head, const OriginObject& object) {
  const std::string_view tags = head.field("If-None-Match");
  if (!tags.empty()) return has_tag(tags, object.etag);
  return !object.last_modified.empty() && head.field("If-Modified-Since") == object.last_modified;
}

// If-Range: strong comparison; no date of these origins is too young to count.
bool range_is_for(const support::MessageHead& head, const OriginObject& object) {
  const std::string_view version = head.field("If-Range");
  return version.empty() || (version == object.etag && !version.starts_with("W/")) ||
         (!version.starts_with('"') && version == object.last_modified);
}

}  // namespace

struct SimulatedOrigin::Session {
  explicit Session(std::unique_ptr<SimulatedStream> its_stream, Executor executor)
      : stream(std::move(its_stream)), timer(executor) {}

  std::unique_ptr<SimulatedStream> stream;
  net::Timer timer;
  std::string buffer;  // received and not used yet

  /// False: the node has gone meanwhile.
  Task<bool> pause(std::chrono::nanoseconds how_long) {
    co_await timer.wait(timer.time().now() + how_long);
    co_return !stream->has_ended();
  }
};

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

SimulatedOrigin::Trouble SimulatedOrigin::draw_trouble() {
  // What a good server may do too.
  if (random_.happens(150)) return random_.one_of({Trouble::kIgnoresRange, Trouble::kShortRange, Trouble::kLateHead});
  if (!random_.happens(work_.origin_faults)) return Trouble::kNone;
  const Trouble drawn = random_.one_of({Trouble::kWrongStart, Trouble::kWrongTotal, Trouble::kUnasked304,
                                        Trouble::kNotFound, Trouble::kForbidden, Trouble::kInternalError,
                                        Trouble::kUnavailable, Trouble::kStallsInHead, Trouble::kStallsInBody,
                                        Trouble::kTrickles, Trouble::kResets, Trouble::kResets, Trouble::kEndsEarly});
  if (drawn == Trouble::kUnasked304 && !work_.has(Fault::kUnasked304)) return Trouble::kNone;
  ++counters_.faults;
  return drawn;
}

/// What goes wrong from now on for so long is this origin's fault.
void SimulatedOrigin::blame(const support::Url& url, std::chrono::nanoseconds lasts) {
  const support::Url known{url.host, url.path, ""};
  auditor_.out(known, site_.now(), site_.now() + lasts);
  service_.disturbed(known, site_.now() + lasts);
}

Task<bool> SimulatedOrigin::answer(Session& session, const Request& request) {
  ++counters_.requests;
  const Trouble trouble = draw_trouble();
  const bool keep = !random_.happens(500);
  const Resource* resource = site_.find(request.url.host, request.url.path);
  trace_.note("origin: {} {} \"{}\" \"{}\" trouble {}", request.url.path, request.head.field("Range"),
              request.head.field("If-None-Match"), request.head.field("If-Modified-Since"), static_cast<int>(trouble));
  if (resource == nullptr) co_return co_await send_error(session, request, 404, keep);

  // Times of a second or more are long enough for content to change.
  std::chrono::nanoseconds delay{0};
  if (trouble == Trouble::kLateHead) delay = random_.time(seconds(1), seconds(6));
  if (trouble == Trouble::kStallsInHead) delay = random_.time(seconds(8), seconds(40));
  if (trouble != Trouble::kNone && trouble != Trouble::kIgnoresRange && trouble != Trouble::kShortRange) {
    blame(request.url, delay);
  }
  switch (trouble) {
    case Trouble::kNotFound: co_return co_await send_error(session, request, 404, keep);
    case Trouble::kForbidden: co_return co_await send_error(session, request, 403, keep);
    case Trouble::kInternalError: co_return co_await send_error(session, request, 500, keep);
    case Trouble::kUnavailable: co_return co_await send_error(session, request, 503, keep);
    default: break;
  }

  // The version that it has now is what it sends to the end, as an open file would be.
  OriginObject object = resource->object;
  if (resource->validators == Resource::Validators::kAlternating) {
    object.etag = fmt::format("\"{}-edge{}\"", resource->url.path, session.stream->number() % 3);
  }
  if (trouble == Trouble::kWrongTotal) object.size += 1 + random_.below(5'000);
  const Reply reply = make_reply(*resource, object, request, trouble, keep);
  if (reply.status == 200) object.size = resource->object.size;  // no head of a 200 lies
  auditor_.given(resource->url, object, site_.now());
  const bool shares_tag = resource->validators == Resource::Validators::kWeak && resource->before.etag == object.etag;
  if (reply.status == 304 && shares_tag) auditor_.given(resource->url, resource->before, site_.now());
  if (reply.status != 200 && reply.status != 206 && reply.status != 304) {
    auditor_.answered(request.url, reply.status, site_.now());
  }
  const std::string_view head = reply.head;
  const std::size_t first = delay.count() > 0 && random_.happens(5'000) ? random_.below(head.size()) : 0;
  if (first > 0) {
    if (!co_await session.stream->write_all(as_bytes(head.substr(0, first)))) co_return false;
  }
  if (delay.count() > 0) {
    if (!co_await session.pause(delay)) co_return false;
  }
  auditor_.given(resource->url, object, site_.now());
  if (reply.status == 304 && shares_tag) auditor_.given(resource->url, resource->before, site_.now());
  if (!co_await session.stream->write_all(as_bytes(head.substr(first)))) co_return false;
  if (reply.status == 304) ++counters_.not_modified;
  if (reply.status != 200 && reply.status != 206) co_return reply.keep_alive;
  ++counters_.contents;
  if (request.is_head()) co_return reply.keep_alive;
  const bool whole = co_await send_body(session, *resource, object, reply, trouble);
  co_return whole&& reply.keep_alive;
}

/// A pause in a body: so long a slice of the node's fill memory is held, and when all are, nobody else gets any.
Task<bool> SimulatedOrigin::dawdle(Session& session, const support::Url& url, std::chrono::nanoseconds how_long) {
  ++dawdling_;
  service_.disturbed({url.host, url.path, ""}, site_.now() + how_long);
  // A quarter of it may be what no drive took.
  if ((dawdling_ + 1) * kMiB > work_.fill_memory / 4 * 3) service_.disturbed(site_.now() + how_long);
  const bool goes_on = co_await session.pause(how_long);
  --dawdling_;
  co_return goes_on;
}

SimulatedOrigin::Reply SimulatedOrigin::make_reply(const Resource& resource, const OriginObject& object,
                                                   const Request& request, Trouble trouble, bool keep) {
  Reply reply;
  reply.keep_alive = keep;
  reply.end = resource.object.size;  // the bytes that are there, whatever the head says
  std::string fields = fmt::format("Date: {}\r\n", http::date_to_string(SimulatedClock::kStart + site_.now()));
  const auto add = [&](std::string_view name, std::string_view value) {
    if (!value.empty()) fields += fmt::format("{}: {}\r\n", name, value);
  };
  add("ETag", object.etag);
  add("Last-Modified", object.last_modified);
  const bool conditional =
      !request.head.field("If-None-Match").empty() || !request.head.field("If-Modified-Since").empty();
  const bool not_modified = conditional ? meets_condition(request.head, object) : trouble == Trouble::kUnasked304;
  if (!not_modified || !resource.bare_304) {
    add("Cache-Control", resource.cache_control);
    if (resource.expires) {
      add("Expires", http::date_to_string(SimulatedClock::kStart + site_.now() + resource.lifetime));
    }
  }
  if (!keep) add("Connection", "close");
  if (not_modified) {
    reply.status = 304;
    reply.head = fmt::format("HTTP/1.1 304 Not Modified\r\n{}\r\n", fields);
    return reply;
  }
  add("Content-Type", object.content_type);
  const std::string_view asked = request.head.field("Range");
  const bool ranges = trouble != Trouble::kIgnoresRange && resource.framing == Resource::Framing::kLength &&
                      range_is_for(request.head, object);
  const auto range = ranges && !asked.empty() ? support::parse_range(asked, resource.object.size) : std::nullopt;
  if (range && range->size() == 0) {
    reply.status = 416;
    reply.head =
        fmt::format("HTTP/1.1 416 Range Not Satisfiable\r\n{}Content-Range: bytes */{}\r\nContent-Length: 0\r\n\r\n",
                    fields, resource.object.size);
    return reply;
  }
  if (range) {
    reply.status = 206;
    reply.begin = range->begin;
    reply.end = range->end;
    if (trouble == Trouble::kShortRange) reply.end = reply.begin + random_.between(1, range->size());
    const std::uint64_t lie = trouble == Trouble::kWrongStart ? 1 + random_.below(reply.end - reply.begin) : 0;
    const std::uint64_t begin = reply.begin + std::min(lie, reply.end - reply.begin - 1);
    add("Content-Range", fmt::format("bytes {}-{}/{}", begin, reply.end - 1, object.size));
    add("Content-Length", fmt::format("{}", reply.end - begin));
    if (trouble == Trouble::kWrongStart) reply.begin = begin;
  } else if (resource.framing == Resource::Framing::kChunked) {
    add("Transfer-Encoding", "chunked");
  } else if (resource.framing == Resource::Framing::kToEnd) {
    reply.keep_alive = false;
  } else {
    add("Content-Length", fmt::format("{}", resource.object.size));
  }
  reply.head = fmt::format("HTTP/1.1 {}\r\n{}\r\n", range ? "206 Partial Content" : "200 OK", fields);
  return reply;
}

Task<bool> SimulatedOrigin::send_body(Session& session, const Resource& resource, const OriginObject& object,
                                      const Reply& reply, Trouble trouble) {
  const bool chunked = reply.status == 200 && resource.framing == Resource::Framing::kChunked;
  const std::uint64_t size = reply.end - reply.begin;
  const std::uint64_t breaks_at = reply.begin + random_.below(size + 1);
  std::vector<std::byte> block;
  bool over = false;
  for (std::uint64_t at = reply.begin; at < reply.end && !over;) {
    std::uint64_t next = std::min<std::uint64_t>(reply.end, at + (trouble == Trouble::kTrickles ? 700 : kBlock));
    if (trouble == Trouble::kTrickles) {
      if (!co_await dawdle(session, resource.url, seconds(1))) co_return false;
    }
    if (at <= breaks_at && breaks_at < next) {
      switch (trouble) {
        case Trouble::kStallsInBody:
          blame(resource.url, seconds(30));
          if (!co_await dawdle(session, resource.url, random_.time(seconds(5), seconds(30)))) co_return false;
          break;
        case Trouble::kResets: session.stream->abort(); co_return false;
        case Trouble::kEndsEarly:
          next = breaks_at;
          over = true;
          break;
        default: break;
      }
    }
    if (at == next) break;
    block.resize(next - at);
    support::fill(block, object.seed, at);
    auditor_.sent(resource.url, object, at, next);
    counters_.bytes += block.size();
    const std::string frame = chunked ? fmt::format("{:x}\r\n", block.size()) : "";
    if (chunked) {
      if (!co_await session.stream->write_all(as_bytes(frame))) co_return false;
    }
    if (!co_await session.stream->write_all(block)) co_return false;
    if (chunked) {
      if (!co_await session.stream->write_all(as_bytes("\r\n"))) co_return false;
    }
    at = next;
  }
  if (over || trouble == Trouble::kEndsEarly || trouble == Trouble::kResets) {
    // Where the end is all that tells the length, an early one would be no fault that anybody can see.
    if (reply.status == 200 && resource.framing == Resource::Framing::kToEnd) session.stream->abort();
    co_return false;
  }
  if (chunked) {
    if (!co_await session.stream->write_all(as_bytes("0\r\n\r\n"))) co_return false;
  }
  co_return true;
}

Task<bool> SimulatedOrigin::send_error(Session& session, const Request& request, int status, bool keep) {
  auditor_.answered(request.url, status, site_.now());
  const std::string body = random_.happens(5'000) ? "the origin says no\n" : "";
  const std::string text = fmt::format("HTTP/1.1 {} Error\r\nDate: {}\r\nContent-Length: {}\r\n{}\r\n{}", status,
                                       http::date_to_string(SimulatedClock::kStart + site_.now()), body.size(),
                                       keep ? "" : "Connection: close\r\n", body);
  if (!co_await session.stream->write_all(as_bytes(text))) co_return false;
  co_return keep;
}

}  // namespace larder::simulation
