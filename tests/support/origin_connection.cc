#include "support/origin_connection.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <span>
#include <utility>

#include "support/content.h"
#include "support/fake_origin.h"
#include "support/message_head.h"
#include "support/origin_observer.h"

namespace larder::support {
namespace {

constexpr std::size_t kHeadLimit = 64 << 10;
constexpr std::size_t kPiece = 256 << 10;

std::string_view reason_of(int status) {
  switch (status) {
    case 200: return "OK";
    case 206: return "Partial Content";
    case 304: return "Not Modified";
    case 404: return "Not Found";
    case 412: return "Precondition Failed";
    case 416: return "Range Not Satisfiable";
    default: return "Scripted";
  }
}

bool has_body(int status) { return status >= 200 && status != 204 && status != 304; }

// If-Match, If-None-Match and If-Modified-Since; 0: go on.
int failed_precondition(const MessageHead& head, const OriginObject& object) {
  const std::string_view if_match = head.field("If-Match");
  if (!if_match.empty() && if_match != "*" && !if_match.contains(object.etag)) return 412;
  const std::string_view unmodified_since = head.field("If-Unmodified-Since");
  if (if_match.empty() && !unmodified_since.empty() && unmodified_since != object.last_modified) return 412;
  const std::string_view if_none_match = head.field("If-None-Match");
  if (!if_none_match.empty()) {
    const bool matches = if_none_match == "*" || (!object.etag.empty() && if_none_match.contains(object.etag));
    return matches ? 304 : 0;
  }
  const std::string_view modified_since = head.field("If-Modified-Since");
  return !modified_since.empty() && modified_since == object.last_modified ? 304 : 0;
}

bool if_range_holds(const MessageHead& head, const OriginObject& object) {
  const std::string_view validator = head.field("If-Range");
  return validator.empty() || validator == object.etag || validator == object.last_modified;
}

void write_fields(std::string& out, std::vector<Field> fields, const std::vector<Field>& scripted) {
  std::erase_if(fields, [&](const Field& field) {
    return std::ranges::any_of(scripted, [&](const Field& other) { return same_name(field.name, other.name); });
  });
  fields.insert(fields.end(), scripted.begin(), scripted.end());
  for (const Field& field : fields) {
    if (!field.value.empty()) out += field.name + ": " + field.value + "\r\n";
  }
}

void fill_object(std::span<std::byte> into, const OriginObject& object, std::uint64_t offset) {
  fill(into, object.seed, offset);
  if (offset >= object.prefix.size()) return;
  const std::size_t count = std::min<std::size_t>(into.size(), object.prefix.size() - offset);
  std::memcpy(into.data(), object.prefix.data() + offset, count);
}

// An answer's own text as an object: all of it is prefix.
OriginObject text_object(const std::string& text) {
  return {.seed = 0, .size = text.size(), .etag = "", .last_modified = "", .content_type = "", .prefix = text};
}

std::optional<std::uint64_t> length_in(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

int status_in(std::string_view line) {
  if (!line.starts_with("HTTP/1.") || line.size() < 12) return 0;
  return static_cast<int>(length_in(line.substr(9, 3)).value_or(0));
}

// What a head with this status makes `object` out to be.
OriginObject claimed_object(OriginObject object, int status, const MessageHead& head) {
  if (status != 304 || head.count("ETag") > 0) object.etag = head.field("ETag");
  if (status != 304 || head.count("Last-Modified") > 0) object.last_modified = head.field("Last-Modified");
  const std::string_view range = head.field("Content-Range");
  const std::string_view total =
      status == 206 ? range.substr(std::min(range.find('/') + 1, range.size())) : head.field("Content-Length");
  if (status != 304) object.size = length_in(total).value_or(object.size);
  return object;
}

}  // namespace

OriginConnection::OriginConnection(FakeOrigin& origin, std::size_t number, Socket socket)
    : origin_(origin),
      number_(number),
      socket_(std::move(socket)),
      rate_(origin.options_.bytes_per_second_per_connection),
      thread_([this] { run(); }) {}

OriginConnection::~OriginConnection() { thread_.join(); }

void OriginConnection::shut_down() {
  rate_.stop();
  const std::lock_guard lock(socket_mutex_);
  if (socket_.is_open()) socket_.shut_down();
}

void OriginConnection::run() {
  while (auto request = read_request()) {
    if (!answer(*request)) break;
  }
  // Closing with bytes unread (a pipelined request) would reset the connection and lose the end of the last answer.
  if (socket_.is_open()) {
    socket_.shut_down_sending();
    socket_.wait_for_end();
  }
  const std::lock_guard lock(socket_mutex_);
  socket_.close();
  over_ = true;
}

std::optional<OriginRequest> OriginConnection::read_request() {
  std::size_t end;
  while ((end = received_.find("\r\n\r\n")) == std::string::npos) {
    std::array<std::byte, 16 << 10> bytes{};
    const std::size_t count = socket_.receive(bytes).value_or(0);
    if (count == 0 || received_.size() > kHeadLimit) return std::nullopt;
    received_.append(reinterpret_cast<const char*>(bytes.data()), count);
  }
  auto head = parse_message_head(std::string_view(received_).substr(0, end));
  received_.erase(0, end + 4);
  if (!head) return std::nullopt;

  OriginRequest request;
  request.connection = number_;
  const std::string_view line = head->first_line;
  const auto space = line.find(' ');
  const auto last_space = line.rfind(' ');
  if (space == std::string_view::npos || last_space == space) return std::nullopt;
  request.method = line.substr(0, space);
  request.target = line.substr(space + 1, last_space - space - 1);
  const auto question = request.target.find('?');
  request.path = request.target.substr(0, question);
  if (question != std::string::npos) request.query = request.target.substr(question + 1);
  request.head = *std::move(head);
  return request;
}

bool OriginConnection::answer(OriginRequest& request) {
  const auto [object, reply, record] = origin_.answer(request);
  const auto finish = [&, kept = record](bool go_on) {
    origin_.update(kept, [](OriginRequest& noted) { noted.finished = true; });
    return go_on;
  };
  OriginObserver* const observer = origin_.options_.observer;
  if (observer != nullptr && (reply.silent || reply.ending != OriginReply::Ending::kWhole)) observer->failed(request);
  if (reply.silent) return finish(end(OriginReply::Ending::kStall));
  if (reply.head_gate) reply.head_gate->pass(0);

  const Plan plan = make_plan(request, object, reply);
  origin_.update(record, [&](OriginRequest& noted) {
    noted.status = plan.status;
    noted.range = request.range;
    noted.sent_range = plan.range;
  });
  const std::string head = reply.raw_head.empty() ? make_head(plan, object, reply) : reply.raw_head;
  // A 304 has no text, and speaks of what is there.
  const auto content = reply.status == 0 || reply.status == 304 ? object : text_object(reply.body);
  announce(request, content, head);
  if (!socket_.send_all(reply.interim + head)) return finish(false);
  announce(request, content, head);

  bool alive = true;
  if (request.method != "HEAD" && has_body(plan.status)) {
    alive = plan.range.size() > 0 ? send_object(request, plan.range, *object, reply, record)
                                  : send_piece(std::as_bytes(std::span(plan.text_body)), reply);
    if (alive && reply.framing == OriginReply::Framing::kChunked) alive = socket_.send_all("0\r\n\r\n");
  }
  return finish(alive && reply.keep_alive && reply.framing != OriginReply::Framing::kUntilClose &&
                !same_name(request.head.field("Connection"), "close"));
}

OriginConnection::Plan OriginConnection::make_plan(const OriginRequest& request,
                                                   const std::optional<OriginObject>& object,
                                                   const OriginReply& reply) const {
  if (reply.status != 0) return {reply.status, {}, reply.body};
  if (request.method != "GET" && request.method != "HEAD") return {405, {}, "only GET and HEAD here\n"};
  if (!object) return {404, {}, "no such object here\n"};
  if (const int status = failed_precondition(request.head, *object)) return {status, {}, ""};
  if (reply.answer_range) return {206, *reply.answer_range, ""};

  const OriginRange whole{0, object->size};
  if (!reply.ranges || !request.range || !if_range_holds(request.head, *object)) return {200, whole, ""};
  if (request.range->size() == 0) return {416, {}, ""};
  return {206, *request.range, ""};
}

std::string OriginConnection::make_head(const Plan& plan, const std::optional<OriginObject>& object,
                                        const OriginReply& reply) const {
  std::vector<Field> fields;
  const auto is_object = plan.status == 200 || plan.status == 206 || plan.status == 304;
  if (object && reply.status == 0 && is_object) {
    fields.push_back({"Content-Type", object->content_type});
    fields.push_back({"ETag", object->etag});
    fields.push_back({"Last-Modified", object->last_modified});
    if (reply.ranges) fields.push_back({"Accept-Ranges", "bytes"});
  }
  const std::string total = object ? std::to_string(object->size) : "0";
  if (plan.status == 206 && reply.status == 0) {
    fields.push_back({"Content-Range", "bytes " + std::to_string(plan.range.begin) + "-" +
                                           std::to_string(plan.range.end - 1) + "/" + total});
  }
  if (plan.status == 416 && reply.status == 0) fields.push_back({"Content-Range", "bytes */" + total});

  const bool is_close = !reply.keep_alive || reply.framing == OriginReply::Framing::kUntilClose;
  if (has_body(plan.status)) {
    const std::uint64_t length = plan.range.size() > 0 ? plan.range.size() : plan.text_body.size();
    if (reply.framing == OriginReply::Framing::kLength) fields.push_back({"Content-Length", std::to_string(length)});
    if (reply.framing == OriginReply::Framing::kChunked) fields.push_back({"Transfer-Encoding", "chunked"});
  }
  if (is_close) fields.push_back({"Connection", "close"});

  std::string out = "HTTP/1.1 " + std::to_string(plan.status) + " " + std::string(reason_of(plan.status)) + "\r\n";
  write_fields(out, std::move(fields), reply.fields);
  return out + "\r\n";
}

bool OriginConnection::send_object(const OriginRequest& request, const OriginRange& range, const OriginObject& object,
                                   const OriginReply& reply, std::size_t record) {
  const bool is_cut = reply.ending != OriginReply::Ending::kWhole;
  const std::uint64_t end_of_body = is_cut ? std::min(range.end, range.begin + reply.ending_after) : range.end;
  RateLimit answer_rate(reply.bytes_per_second);
  std::uint64_t gate_limit = reply.gate ? 0 : end_of_body;

  for (std::uint64_t at = range.begin; at < end_of_body;) {
    if (at >= gate_limit) gate_limit = reply.gate->pass(at);
    const std::uint64_t due = std::min({std::uint64_t{kPiece}, end_of_body - at, gate_limit - at});
    const std::size_t count = answer_rate.step(rate_.step(origin_.rate_.step(due)));
    if (!origin_.rate_.wait(count) || !rate_.wait(count) || !answer_rate.wait(count)) return false;
    buffer_.resize(kPiece);
    const std::span piece = std::span(buffer_).first(count);
    fill_object(piece, object, at);
    if (!send_piece(piece, reply)) return false;
    origin_.note_body_bytes(record, count);
    if (origin_.options_.observer != nullptr) origin_.options_.observer->sent(request, object, {at, at + count});
    at += count;
  }
  return !is_cut || end(reply.ending);
}

void OriginConnection::announce(const OriginRequest& request, const std::optional<OriginObject>& content,
                                std::string_view head) const {
  OriginObserver* const observer = origin_.options_.observer;
  if (observer == nullptr) return;
  const auto parsed = parse_message_head(head.substr(0, head.find("\r\n\r\n")));
  const int status = parsed ? status_in(parsed->first_line) : 0;
  if (status == 200 || status == 206 || status == 304) {
    if (content) observer->given(request, claimed_object(*content, status, *parsed));
  } else if (status > 200) {
    observer->answered(request, status, parsed->field("Location"));
  }
}

bool OriginConnection::send_piece(std::span<const std::byte> piece, const OriginReply& reply) {
  if (reply.framing != OriginReply::Framing::kChunked) return socket_.send_all(piece);
  while (!piece.empty()) {
    const std::size_t wanted = reply.chunk_sizes[next_chunk_++ % reply.chunk_sizes.size()];
    const std::size_t count = std::min(piece.size(), wanted);
    std::array<char, 16> size{};
    const auto written = std::to_chars(size.data(), size.data() + size.size(), count, 16);
    const std::string frame(size.data(), written.ptr);
    if (!socket_.send_all(frame + "\r\n") || !socket_.send_all(piece.first(count)) || !socket_.send_all("\r\n")) {
      return false;
    }
    piece = piece.subspan(count);
  }
  return true;
}

bool OriginConnection::end(OriginReply::Ending ending) {
  if (ending == OriginReply::Ending::kStall) socket_.wait_for_end();
  if (ending == OriginReply::Ending::kReset) {
    const std::lock_guard lock(socket_mutex_);
    socket_.reset();
  }
  return false;
}

}  // namespace larder::support
