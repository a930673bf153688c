#include "node/content_handler.h"

#include <algorithm>
#include <span>
#include <utility>

#include "cache/describe_object.h"
#include "cache/versions.h"
#include "node/forwarding.h"
#include "origin/request_loop.h"

namespace larder::node {
namespace {

ErrorKind kind_of(const Error& error) {
  switch (error.code) {
    case Errc::kTimeout: return ErrorKind::kTimeout;
    case Errc::kNoSpace:
    case Errc::kCancelled: return ErrorKind::kOverload;
    default: return ErrorKind::kOrigin;
  }
}

// The one place where errors become statuses. Never a 4xx: clients take that for the origin's word and stay away.
int status_of(const Error& error) {
  switch (error.code) {
    case Errc::kTimeout: return 504;
    case Errc::kNoSpace:
    case Errc::kCancelled: return 503;
    default: return 502;
  }
}

// An object that changes at its origin while it is asked for is found anew so often, before its origin is asked for
// this request alone.
constexpr int kLooks = 3;

std::string text_of(const http::FieldList& fields, std::string_view name) {
  return std::string(fields.find(name).value_or(""));
}

}  // namespace

struct ContentHandler::Request {
  explicit Request(http::Exchange& from) : exchange(from) {}

  http::Exchange& exchange;
  std::shared_ptr<origin::OriginRequest> upstream;  // null: not that far
  std::shared_ptr<cache::UrlEntry> entry;           // while its object is looked for
  AccessRecord record;
  http::ClientLimits::Terms terms;
  std::string reason;                          // keeps record.reason's text
  Deadline first_byte_by = Deadline::never();  // however often it has to be looked for

  const http::RequestHead& head() const { return exchange.head; }
  bool is_head() const { return exchange.head.method == http::Method::kHead; }
};

ContentHandler::ContentHandler(Options options, cache::Fills& fills, Counters& counters, EgressLimiter& limiter,
                               http::ClientLimits& clients, Log* access_log,
                               std::shared_ptr<const origin::RuleSet> rules)
    : options_(std::move(options)),
      heads_(fmt::format("1.1 {}", origin::node_pseudonym(options_.node_id)), fills.cache().clock()),
      fills_(fills),
      counters_(counters),
      limiter_(limiter),
      clients_(clients),
      access_log_(access_log),
      rules_(std::move(rules)) {}

Task<http::Persistence> ContentHandler::handle(http::Exchange& exchange) {
  Request request(exchange);
  request.record.client = exchange.stream.peer();
  request.record.method = exchange.head.method_text;
  request.record.path = exchange.head.target;
  request.record.begun = request.record.first_byte = fills_.cache().clock().now();
  request.first_byte_by = Deadline(request.record.begun + options_.patience.fill);
  counters_.requests.add(1);
  exchange.stream.expire_at(request.record.begun + options_.patience.client.stall);
  const http::ClientLimits::OpenRequest place(clients_, request.record.client.address);
  Task<http::Persistence> answering = place.allowed() ? serve(request) : turn_away(request);
  const http::Persistence outcome = co_await std::move(answering);
  finish(request);
  co_return outcome;
}

Task<http::Persistence> ContentHandler::turn_away(Request& request) {
  counters_.met(http::ClientLimit::kRequests);
  counters_.error(ErrorKind::kOverload);
  return send_text(request, 503, "your address has as many requests under way as it may have");
}

bool ContentHandler::take_new_object(const Request& request) {
  const bool allowed = clients_.take_new_object(request.record.client.address);
  if (!allowed) counters_.met(http::ClientLimit::kNewObjects);
  return allowed;
}

Delivery::Patience ContentHandler::patience_for(const Request& request) const {
  Delivery::Patience patience = options_.patience;
  patience.client.bytes_per_second = request.terms.least_send_rate;
  return patience;
}

/// A response that did not come to its end: `egress` says whose fault it is.
http::Persistence ContentHandler::broke_off(Request& request, const Egress& egress, const Error& error) {
  if (egress.client_too_slow()) counters_.met(http::ClientLimit::kSendRate);
  counters_.error(egress.client_failed() && !cut_off_ ? ErrorKind::kClientGone : ErrorKind::kCutOff);
  request.reason = error.text;
  return http::Persistence::kAbort;
}

void ContentHandler::finish(Request& request) {
  // Whatever a step took it for: it was the node that closed the connection.
  if (cut_off_) request.reason = "cut off: the node was stopping";
  const AccessRecord& record = request.record;
  counters_.bytes_out.add(record.bytes);
  counters_.hit_bytes.add(record.hit_bytes);
  counters_.fill_bytes.add(record.fill_bytes);
  counters_.by_status[static_cast<std::size_t>(record.status / 100) % 6].add(1);
  const SteadyTime now = fills_.cache().clock().now();
  counters_.audience.note(record.client.address, record.bytes, now);
  if (request.upstream) note_rule(request.upstream->target.rule->name, record);
  if (access_log_ == nullptr) return;
  request.record.reason = request.reason;
  write_access(*access_log_, record, now);
}

void ContentHandler::note_rule(std::string_view rule, const AccessRecord& record) {
  RuleTraffic::Counts& counts = counters_.rules.of(rule);
  counts.requests.add(1);
  counts.bytes_out.add(record.bytes);
  counts.hit_bytes.add(record.hit_bytes);
  counts.fill_bytes.add(record.fill_bytes);
}

void ContentHandler::refused(net::ByteStream& stream, const http::HeadProblem& problem) {
  counters_.requests.add(1);
  counters_.error(ErrorKind::kMalformed);
  counters_.by_status[static_cast<std::size_t>(problem.status / 100) % 6].add(1);
  if (access_log_ == nullptr) return;
  AccessRecord record;
  record.client = stream.peer();
  record.status = problem.status;
  record.reason = problem.text;
  record.begun = record.first_byte = fills_.cache().clock().now();
  write_access(*access_log_, record, record.begun);
}

/// Settles what is asked for, and of whom; or says why it is not served.
std::optional<ContentHandler::Refusal> ContentHandler::admit(Request& request) {
  const http::RequestHead& head = request.head();
  if (head.method == http::Method::kOther) {
    return Refusal{ErrorKind::kRefused, 405, fmt::format("{} is not served here, only GET and HEAD", head.method_text)};
  }
  if (origin::is_loop(head, options_.node_id)) {
    return Refusal{ErrorKind::kRefused, 508, "this request has passed through this node before"};
  }
  auto target = origin::parse_target(head, request.exchange.stream.is_tls(), *rules_, options_.own_names);
  if (!target) {
    const int status = target.error().status;
    return Refusal{status == 400 ? ErrorKind::kMalformed : ErrorKind::kRefused, status, target.error().text};
  }
  request.upstream = std::make_shared<origin::OriginRequest>(*std::move(target), rules_);
  request.terms = clients_.terms(request.record.client.address);
  request.upstream->client = request.terms.share_number;
  request.upstream->via = text_of(head.fields, "Via");
  request.upstream->cdn_loop = text_of(head.fields, "CDN-Loop");
  request.record.origin = request.upstream->target.host;
  request.record.path = request.upstream->target.path_and_query;
  request.record.range = head.fields.last("Range").value_or("");
  return std::nullopt;
}

Task<http::Persistence> ContentHandler::serve(Request& request) {
  if (auto refusal = admit(request)) {
    counters_.error(refusal->kind);
    co_return co_await send_text(request, refusal->status, std::move(refusal->text));
  }
  cache::ForwardReason why = cache::ForwardReason::kChanging;
  for (int look = 0; look < kLooks; ++look) {
    std::optional<Sought> found = at_hand(request);
    if (!found) found = co_await find(request);
    if (const auto* answered = std::get_if<http::Persistence>(&*found)) co_return *answered;
    if (const auto* instead = std::get_if<cache::Forward>(&*found)) {
      why = instead->reason;
      break;
    }
    const Served served = co_await serve_object(request, std::get<cache::Found>(*std::move(found)));
    if (const auto* answered = std::get_if<http::Persistence>(&served)) co_return *answered;
    const auto start = std::get<cache::Reader::Start>(served);
    if (start == cache::Reader::Start::kForward) why = cache::ForwardReason::kFarRange;
    if (start == cache::Reader::Start::kRefused) why = cache::ForwardReason::kRefused;
    if (start != cache::Reader::Start::kFindAnew) break;
  }
  co_return co_await forward(request, why);
}

/// Of most requests, without a coroutine: what is stored and may be used without asking. Nothing: find() asks.
std::optional<ContentHandler::Sought> ContentHandler::at_hand(Request& request) {
  request.entry = fills_.cache().objects().entry(request.upstream->target.key);
  std::shared_ptr<cache::Object> object =
      cache::usable_object(*request.entry, request.upstream->target, fills_.cache().clock().now());
  if (!object) return std::nullopt;
  return judge(request, {std::move(request.entry), std::move(object)});
}

ContentHandler::Sought ContentHandler::judge(const Request& request, cache::Found found) {
  // The content rule may have become stricter since it was stored.
  const origin::Target& target = request.upstream->target;
  if (found.object->forbidden() && target.rule->honour_no_store) {
    return cache::Forward{cache::ForwardReason::kForbidden};
  }
  fills_.cache().touch_info(target.key, *found.object);
  return found;
}

Task<ContentHandler::Sought> ContentHandler::find(Request& request) {
  // Only a range that will be answered is worth being asked for first; a head takes the first byte.
  const std::string_view range = request.is_head() ? "bytes=0-0" : request.record.range;
  const std::optional<http::RangeRequest> wanted = http::parse_range(range);
  std::function<bool()> may_learn = [this, &request] { return take_new_object(request); };
  auto lookup = co_await cache::look_up(fills_, std::move(request.entry), request.upstream, wanted,
                                        request.first_byte_by, std::move(may_learn));
  if (!lookup) co_return co_await send_error(request, std::move(lookup).error());
  if (auto* answer = std::get_if<std::shared_ptr<const cache::Answer>>(&*lookup)) {
    co_return co_await send_answer(request, *answer);
  }
  if (const auto* forward = std::get_if<cache::Forward>(&*lookup)) co_return *forward;
  co_return judge(request, std::get<cache::Found>(*std::move(lookup)));
}

/// Not a coroutine itself: each of the ways to go on is one.
Task<ContentHandler::Served> ContentHandler::serve_object(Request& request, cache::Found found) {
  const cache::Object& object = *found.object;
  const Representation representation{object.etag(), object.last_modified(), object.has_strong_date(), object.total()};
  const ContentResponse response = content_response(request.head(), representation, fills_.cache().clock().wall());
  if (response.kind == ContentResponse::Kind::kNotSatisfiable) return refuse_range(request, object.total());
  if (response.kind == ContentResponse::Kind::kUntold) return far_range();
  if (response.kind == ContentResponse::Kind::kPart && response.total == cache::kUnknownTotal) {
    return deliver_when_there(request, std::move(found), response);
  }
  // Only the connection's end tells a client of HTTP/1.0 where it ends.
  const bool untold = response.bytes.end == cache::kUnknownTotal;
  if (untold && request.head().minor_version == 0) request.exchange.keep_alive = false;
  if (response.bytes.empty() || request.is_head()) return deliver_head(request, std::move(found), response);
  return deliver(request, std::move(found), response);
}

Task<ContentHandler::Served> ContentHandler::refuse_range(Request& request, std::uint64_t total) {
  std::string text = fmt::format("the object has {} bytes; none of them is in that range", total);
  const ResponseHeads::TextFields fields{total, ""};
  co_return co_await send_text(request, 416, std::move(text), fields);
}

Task<ContentHandler::Served> ContentHandler::far_range() { co_return cache::Reader::Start::kForward; }

Task<ContentHandler::Served> ContentHandler::deliver_when_there(Request& request, cache::Found found,
                                                                ContentResponse response) {
  const auto there = co_await wait_for_byte(request, found, response.bytes.end - 1);
  if (there != cache::Reader::Start::kReady) co_return there;
  if (request.is_head()) co_return co_await deliver_head(request, std::move(found), response);
  co_return co_await deliver(request, std::move(found), response);
}

Task<ContentHandler::Served> ContentHandler::deliver_head(Request& request, cache::Found found,
                                                          ContentResponse response) {
  const bool learned = found.own_count > 0;
  request.record.status = response.status();
  std::string head =
      heads_.of_object(request.exchange, *found.object, response, {learned, !learned}, fills_.cache().clock().moment());
  co_return co_await send_all(request, std::move(head));
}

/// A range of an object whose length is not told is a part of it once its last byte is there.
Task<cache::Reader::Start> ContentHandler::wait_for_byte(Request& request, cache::Found found, std::uint64_t position) {
  cache::Reader reader(fills_, std::move(found), request.upstream, {position, position + 1});
  // It would have the fill go far ahead of those who read what comes.
  if (reader.is_far_off()) co_return cache::Reader::Start::kForward;
  const auto piece = co_await reader.at(position, request.first_byte_by);
  if (!piece && piece.error().code == Errc::kTimeout) co_return cache::Reader::Start::kForward;
  if (reader.is_purged()) co_return cache::Reader::Start::kFindAnew;
  co_return piece && piece->size() > 0 ? cache::Reader::Start::kReady : cache::Reader::Start::kFindAnew;
}

Task<ContentHandler::Served> ContentHandler::prepare(Request& request, Delivery& delivery, http::ByteRange bytes) {
  const auto start = co_await delivery.prepare(bytes, request.first_byte_by);
  if (!start) co_return co_await send_error(request, start.error());
  co_return *start;
}

Task<ContentHandler::Served> ContentHandler::deliver(Request& request, cache::Found found, ContentResponse response) {
  const cache::Object& object = *found.object;  // the reader keeps it
  const http::ByteRange bytes = response.bytes;
  const bool learned = found.own_count > 0;
  const Clock& clock = fills_.cache().clock();
  cache::Reader reader(fills_, std::move(found), request.upstream, bytes);
  Delivery delivery(request.exchange.stream, reader, fills_.cache().store(), limiter_, clock, fills_.executor(),
                    patience_for(request));
  if (!delivery.is_prepared(bytes)) {
    const Served start = co_await prepare(request, delivery, bytes);
    if (start != Served(cache::Reader::Start::kReady)) co_return start;
  }
  const Moment now = clock.moment();
  request.record.first_byte = now.steady;
  request.record.status = response.status();
  const std::string head =
      heads_.of_object(request.exchange, object, response, {learned, delivery.begins_with_hit()}, now);
  const bool untold = bytes.end == cache::kUnknownTotal;
  const bool chunked = untold && request.head().minor_version > 0;
  const auto framing = chunked ? Delivery::Framing::kChunked : Delivery::Framing::kPlain;
  const auto sent = co_await delivery.send(head, bytes, framing);
  request.record.hit_bytes = delivery.hit_bytes();
  request.record.fill_bytes = delivery.fill_bytes();
  request.record.bytes = delivery.hit_bytes() + delivery.fill_bytes();
  if (sent) co_return untold && !chunked ? http::Persistence::kClose : http::Persistence::kKeep;
  co_return broke_off(request, delivery.egress(), sent.error());
}

Task<http::Persistence> ContentHandler::forward(Request& request, cache::ForwardReason why) {
  cache::Cache& cache = fills_.cache();
  const Clock& clock = cache.clock();
  http::Exchange& exchange = request.exchange;
  request.record.forwarded = to_string(why);
  counters_.forwarded[static_cast<std::size_t>(why)].add(1);
  cache.counters().requests.fetch_add(1, std::memory_order_relaxed);
  Egress egress(exchange.stream, limiter_, clock, fills_.executor(), patience_for(request).client);
  Forwarding forwarding(request.head(), fills_.origin(), egress, clock);
  // A time of its own: what was waited before may have been for an answer that is of no use to this client.
  auto done = co_await forwarding.ask(*request.upstream, Deadline(clock.now() + options_.patience.fill));
  if (!done) {
    log_forwarding(request, done.error());
    co_return co_await send_error(request, std::move(done).error());
  }
  const int status = forwarding.answer().status;
  if (status_for_client(status) != status) {
    std::string retry_after(forwarding.answer().field("Retry-After"));
    const http::Persistence outcome = co_await send_refused(request, status, std::move(retry_after));
    co_await forwarding.drop_body();
    co_return outcome;
  }
  note_answer(request, status);
  if (status == 200 || status == 206 || status == 304) look_at(request, forwarding.answer());
  request.record.first_byte = clock.now();
  if (!forwarding.can_be_kept_open()) exchange.keep_alive = false;
  const std::string head = heads_.of_forwarded(exchange, forwarding);
  done = co_await egress.send(std::as_bytes(std::span(head)));
  if (done) done = co_await forwarding.send_body();
  request.record.bytes = request.record.fill_bytes = forwarding.bytes();
  cache.counters().bytes.fetch_add(forwarding.bytes(), std::memory_order_relaxed);
  if (done) co_return forwarding.can_be_kept_open() ? http::Persistence::kKeep : http::Persistence::kClose;
  if (!egress.client_failed()) log_forwarding(request, done.error());
  co_return broke_off(request, egress, done.error());
}

void ContentHandler::log_forwarding(const Request& request, const Error& error) {
  if (error.code == Errc::kCancelled) return;  // the node stops
  fills_.cache().log().write_limited(Level::kWarning, "forwarding given up", [&](JsonLine& line) {
    line.add("origin", request.record.origin).add("path", request.record.path).add("reason", error.text);
  });
}

/// What the answer tells of what is kept: the next request may learn it; or what is stored is not the origin's any
/// more.
void ContentHandler::look_at(const Request& request, const origin::ResponseFacts& answer) {
  cache::Cache& cache = fills_.cache();
  const origin::Target& target = request.upstream->target;
  const Moment now = cache.clock().moment();
  // That a HEAD's answer has no body says nothing of the object's length.
  const std::uint64_t total = request.is_head() ? cache::kUnknownTotal : cache::FillPlan::total_of(answer);
  const auto described = cache::describe_object(answer, target, total, now.wall, [] { return storage::ObjectId(); });
  const std::shared_ptr<cache::UrlEntry> entry = cache.objects().entry(target.key);
  const bool untold = !request.is_head() && answer.status == 200 && total == cache::kUnknownTotal;
  if (answer.status != 304 && !cache::why_forward(described, cache.store().has_drives(), untold)) entry->may_be_kept();
  const std::shared_ptr<cache::Object> object = entry->object();
  const bool never_changes = target.rule->never_changes(target.path());
  if (object && cache::differs_surely(object->info(now), described, never_changes)) {
    cache.forget(*entry, target.key, object, cache::UrlEntry::Why::kChanged);
  }
}

/// An answer of the origin's own that goes to the client.
void ContentHandler::note_answer(Request& request, int status) {
  request.record.status = status;
  if (status < 400) return;
  request.reason = "the origin's own answer";
  if (status == 416) return;
  counters_.error(status == 404 || status == 410 ? ErrorKind::kNotFound : ErrorKind::kOrigin);
}

Task<http::Persistence> ContentHandler::send_all(Request& request, std::string text) {
  const auto sent = co_await request.exchange.stream.write_all(std::as_bytes(std::span(std::as_const(text))));
  co_return sent ? http::Persistence::kKeep : http::Persistence::kAbort;
}

Task<http::Persistence> ContentHandler::send_answer(Request& request, std::shared_ptr<const cache::Answer> answer) {
  if (status_for_client(answer->status) != answer->status) {
    std::string retry_after;
    for (const auto& [name, value] : answer->fields) {
      if (name == "Retry-After") retry_after = value;
    }
    co_return co_await send_refused(request, answer->status, std::move(retry_after));
  }
  note_answer(request, answer->status);
  std::string text = heads_.of_answer(request.exchange, *answer);
  if (!request.is_head()) {
    text += answer->body;
    request.record.bytes = answer->body.size();
  }
  co_return co_await send_all(request, std::move(text));
}

Task<http::Persistence> ContentHandler::send_error(Request& request, Error error) {
  counters_.error(kind_of(error));
  co_return co_await send_text(request, status_of(error), std::move(error.text));
}

/// The origin's answer is aimed at this node.
Task<http::Persistence> ContentHandler::send_refused(Request& request, int origin_status, std::string retry_after) {
  counters_.error(ErrorKind::kOrigin);
  std::string text = fmt::format("the origin answered {} to this node; the same may work later", origin_status);
  const ResponseHeads::TextFields fields{std::nullopt, std::move(retry_after)};
  co_return co_await send_text(request, status_for_client(origin_status), std::move(text), fields);
}

Task<http::Persistence> ContentHandler::send_text(Request& request, int status, std::string text) {
  const ResponseHeads::TextFields none;
  co_return co_await send_text(request, status, std::move(text), none);
}

Task<http::Persistence> ContentHandler::send_text(Request& request, int status, std::string text,
                                                  const ResponseHeads::TextFields& fields) {
  request.record.status = status;
  request.reason = text;
  text += '\n';
  std::string out = heads_.of_text(request.exchange, status, text.size(), fields);
  if (!request.is_head()) out += text;
  co_return co_await send_all(request, std::move(out));
}

}  // namespace larder::node
