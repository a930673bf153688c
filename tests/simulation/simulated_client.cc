#include "simulation/simulated_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <limits>
#include <span>
#include <string_view>
#include <utility>

#include "core/bytes.h"
#include "support/content.h"

namespace larder::simulation {

using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr seconds kPatience{120};
constexpr seconds kDawdling{40};  // a node gives a client up that takes nothing for a minute
constexpr std::size_t kPiece = 256 << 10;
constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();

std::uint64_t number_in(std::string_view text) {
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

bool is_of_range(const support::Field& field) { return field.name == "Range" || field.name == "If-Range"; }

}  // namespace

Task<void> SimulatedClient::run() {
  while (!world_.over) {
    // Mostly soon; now and then after a long time, in which things go out of date.
    std::chrono::microseconds think = random_.time(seconds(0), milliseconds(2 * world_.work.mean_think_ms));
    if (random_.happens(100)) think = random_.time(seconds(10), seconds(600));
    if (random_.happens(10)) think = random_.time(std::chrono::hours(1), std::chrono::hours(30));
    co_await timer_.wait(timer_.time().now() + think);
    if (world_.over) break;
    co_await visit();
  }
}

Task<void> SimulatedClient::visit() {
  std::unique_ptr<SimulatedStream> stream = world_.connect();
  if (!stream) co_return;
  buffer_.clear();
  bool goes_on = true;
  reused_ = false;
  while (goes_on && !world_.over && !stream->has_ended()) {
    const Resource& resource = world_.site.some(random_);
    if (random_.happens(3'500)) {
      goes_on = co_await ask_in_pieces(*stream, resource);
    } else {
      goes_on = co_await ask_once(*stream, resource);
    }
    reused_ = true;
    if (random_.happens(3'000)) break;
  }
  if (!goes_on && random_.happens(5'000)) {
    stream->abort();
  } else {
    stream->close();
  }
}

void SimulatedClient::add_range(Question& question, std::uint64_t begin, std::optional<std::uint64_t> end) {
  const std::string value = end ? fmt::format("bytes={}-{}", begin, *end - 1) : fmt::format("bytes={}-", begin);
  question.fields.push_back({"Range", value});
}

/// Everybody has a signature of its own; some are wrong.
void SimulatedClient::sign(Question& question) {
  if (question.resource->url.host != SimulatedSite::kSignedHost) return;
  question.query = random_.happens(world_.work.bad_queries) ? Refusal::draw(random_).query()
                                                            : fmt::format("sig={}", random_.below(20));
}

Task<bool> SimulatedClient::ask_once(SimulatedStream& stream, const Resource& resource) {
  Question question;
  question.resource = &resource;
  const bool any_range = world_.work.has(Fault::kIdleRanges);
  if (random_.happens(600)) question.method = "HEAD";
  if (random_.happens(60)) question.unknown_path = true;
  sign(question);
  const std::uint64_t size = resource.object.size;
  const Response& known = known_[&resource];
  switch (random_.below(8)) {
    case 0:  // one range
    case 1: {
      const std::uint64_t begin = random_.below(size + 1);
      add_range(question, begin, begin + 1 + random_.below(2 * kMiB));
      break;
    }
    case 2: question.fields.push_back({"Range", fmt::format("bytes=-{}", 1 + random_.below(2 * kMiB))}); break;
    case 3:  // what it has already
      if (!known.etag.empty()) {
        question.fields.push_back({"If-None-Match", known.etag});
      } else if (!known.last_modified.empty()) {
        question.fields.push_back({"If-Modified-Since", known.last_modified});
      }
      break;
    case 4:  // the rest
      if (known.received > 0 && known.begin + known.received < known.total) {
        add_range(question, known.begin + known.received, std::nullopt);
        if (!any_range) break;
        if (random_.happens(7'000) && !known.etag.empty() && !known.etag.starts_with("W/")) {
          question.fields.push_back({"If-Range", known.etag});
        } else if (!known.last_modified.empty()) {
          question.fields.push_back({"If-Range", known.last_modified});
        }
      }
      break;
    default: break;  // everything
  }
  if (question.method == "HEAD") {
    std::erase_if(question.fields, is_of_range);
    if (any_range) add_range(question, random_.below(2 * size + 1), std::nullopt);
  }
  const Response response = co_await exchange(stream, question);
  const bool goes_on = response.complete && response.keeps;
  co_return goes_on;
}

Task<bool> SimulatedClient::ask_in_pieces(SimulatedStream& stream, const Resource& resource) {
  std::uint64_t at = random_.happens(7'000) ? 0 : random_.below(resource.object.size + 1) / kMiB * kMiB;
  std::uint64_t total = at + 1;
  while (at < total && !world_.over) {
    Question question;
    question.resource = &resource;
    sign(question);
    add_range(question, at, at + kMiB);
    const Response response = co_await exchange(stream, question);
    if (!response.complete || !response.keeps || stream.has_ended()) co_return false;
    reused_ = true;
    if (response.status != 206) co_return true;
    at += kMiB;
    total = response.total;
    if (random_.happens(1'000)) co_return true;
  }
  co_return true;
}

Task<SimulatedClient::Response> SimulatedClient::exchange(SimulatedStream& stream, const Question& question) {
  const Resource& resource = *question.resource;
  support::ClientRequest request;
  request.method = question.method;
  request.url = resource.url;
  if (question.unknown_path) request.url.path = "/unknown";
  request.url.query = question.query;
  request.fields = question.fields;
  // As Delivery Optimization names the origin, or as everybody does.
  const bool by_query = random_.happens(5'000);
  std::string query = question.query;
  if (by_query) query += fmt::format("{}cacheHostOrigin={}", query.empty() ? "" : "&", request.url.host);
  std::string text = fmt::format("{} {}{}{} HTTP/1.1\r\nHost: {}\r\n", question.method, request.url.path,
                                 query.empty() ? "" : "?", query, by_query ? "10.0.0.1" : request.url.host);
  for (const support::Field& field : question.fields) text += fmt::format("{}: {}\r\n", field.name, field.value);
  text += "\r\n";

  const Before before{world_.site.now(), world_.service.losses(), world_.given_up(),
                      world_.service.has_all(resource.url, resource.version)};
  world_.trace.note("client {} on {}: {} {} {}", number_, stream.number(), question.method, to_string(request.url),
                    question.fields.empty() ? "" : question.fields.front().value);
  ++world_.counters.requests;
  world_.service.asks(resource.url);
  support::ResponseAudit audit = world_.auditor.open(std::move(request), before.begin);
  Response response;
  support::MessageHead head;
  stream.expire_at(timer_.time().now() + kPatience);
  bool came = false;
  if (co_await stream.write_all(std::as_bytes(std::span(std::as_const(text))))) came = co_await read_head(stream, head);
  if (came) {
    response.first_byte = world_.site.now();
    describe(head, question, response);
    audit.head(response.status, head.fields);
    co_await read_body(stream, response, audit, resource);
  }
  world_.service.has_done(resource.url, world_.site.now());
  if (response.left) {
    ++world_.counters.left;
  } else {
    audit.end(response.complete, world_.site.now());
    ++(response.complete ? world_.counters.whole : world_.counters.broken);
    judge(question, response, before);
  }
  world_.counters.bytes += response.received;
  ++world_.counters.by_status[response.status];
  world_.trace.note("client {}: status {}, {} of {} bytes{}", number_, response.status, response.received,
                    response.length,
                    response.left       ? ", left"
                    : response.complete ? ""
                                        : ", broken off");
  if (response.status == 200 || response.status == 206) known_[&resource] = response;
  co_return response;
}

Task<bool> SimulatedClient::receive(SimulatedStream& stream) {
  std::array<std::byte, 4096> piece{};
  const auto count = co_await stream.read_some(piece);
  if (!count || *count == 0) co_return false;
  buffer_.append(reinterpret_cast<const char*>(piece.data()), *count);
  co_return true;
}

Task<bool> SimulatedClient::read_head(SimulatedStream& stream, support::MessageHead& head) {
  for (;;) {
    const std::size_t end = buffer_.find("\r\n\r\n");
    if (end != std::string::npos) {
      auto parsed = support::parse_message_head(std::string_view(buffer_).substr(0, end + 2));
      buffer_.erase(0, end + 4);
      if (!parsed) co_return false;
      head = *std::move(parsed);
      co_return true;
    }
    if (!co_await receive(stream)) co_return false;
  }
}

void SimulatedClient::describe(const support::MessageHead& head, const Question& question, Response& response) {
  const std::string_view line = head.first_line;
  response.status = static_cast<int>(number_in(line.substr(std::min(line.size(), line.find(' ') + 1))));
  response.etag = head.field("ETag");
  response.last_modified = head.field("Last-Modified");
  response.keeps = !support::same_name(head.field("Connection"), "close");
  const bool without_body = question.method == "HEAD" || response.status == 304;
  response.length = without_body ? 0 : number_in(head.field("Content-Length"));
  response.chunked = !without_body && support::same_name(head.field("Transfer-Encoding"), "chunked");
  chunks_ = {};
  response.total = response.length;
  if (head.field("X-Cache") == "HIT") ++world_.counters.hits;
  response.forwarded = head.field("X-Cache") == "BYPASS";
  if (response.status != 206) return;
  std::string_view range = head.field("Content-Range");  // bytes 0-9/100
  range.remove_prefix(std::min(range.size(), range.find(' ') + 1));
  response.begin = number_in(range);
  response.total = number_in(range.substr(std::min(range.size(), range.find('/') + 1)));
}

Task<void> SimulatedClient::read_body(SimulatedStream& stream, Response& response, support::ResponseAudit& audit,
                                      const Resource& resource) {
  const bool slow = random_.happens(world_.work.slow_reads);
  const std::uint64_t expected = response.chunked ? resource.object.size : response.length;
  const std::uint64_t leaves_at = random_.happens(world_.work.leaves) ? random_.below(expected + 1) : kNever;
  std::vector<std::byte> piece(kPiece);
  for (;;) {
    if (response.received >= leaves_at && response.received < response.length) {
      response.left = true;
      co_return;
    }
    const std::size_t count = co_await read_some_of_body(stream, response, piece);
    if (count == 0) break;
    const auto bytes = std::span<const std::byte>(piece).first(count);
    audit.bytes(bytes);
    if (response.status >= 500)
      world_.trace.note("client {}: {}", number_,
                        std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
    if (!response.version && (response.status == 200 || response.status == 206)) {
      for (std::uint64_t version = resource.version + 1; version > 0 && !response.version; --version) {
        const std::uint64_t seed = SimulatedSite::seed_of(world_.site.number_of(resource), version - 1);
        if (!support::verify(bytes, seed, response.begin + response.received)) response.version = version - 1;
      }
    }
    response.received += count;
    response.pieces.emplace_back(world_.site.now(), count);
    if (slow && random_.happens(1'000)) {
      const auto pause =
          random_.happens(500) ? random_.time(seconds(20), seconds(90)) : random_.time(seconds(0), seconds(2));
      if (pause > kDawdling) response.dawdled = true;
      co_await timer_.wait(timer_.time().now() + pause);
    }
  }
  response.complete = response.chunked ? chunks_.ended() : response.received == response.length;
}

Task<bool> SimulatedClient::read_chunk_framing(SimulatedStream& stream, Response& response) {
  while (!chunks_.ended()) {
    const auto step = chunks_.feed(buffer_);
    if (!step) co_return false;
    buffer_.erase(0, step->consumed);
    if (step->data > 0) {
      response.length += step->data;
      co_return true;
    }
    if (!chunks_.ended() && buffer_.empty()) {
      if (!co_await receive(stream)) co_return false;
    }
  }
  co_return false;
}

Task<std::size_t> SimulatedClient::read_some_of_body(SimulatedStream& stream, Response& response,
                                                     std::span<std::byte> piece) {
  stream.expire_at(timer_.time().now() + kPatience);
  if (response.chunked && chunks_.remaining() == 0) {
    if (!co_await read_chunk_framing(stream, response)) co_return std::size_t{0};
  }
  const std::size_t wanted = std::min<std::uint64_t>(response.length - response.received, piece.size());
  if (wanted == 0) co_return std::size_t{0};
  std::size_t count = std::min(wanted, buffer_.size());
  if (count > 0) {
    std::copy_n(reinterpret_cast<const std::byte*>(buffer_.data()), count, piece.begin());
    buffer_.erase(0, count);
  } else {
    const auto got = co_await stream.read_some(piece.first(wanted));
    count = got ? *got : 0;
  }
  if (response.chunked) chunks_.took(count);
  co_return count;
}

}  // namespace larder::simulation
