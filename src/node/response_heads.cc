#include "node/response_heads.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace larder::node {
namespace {

/// The fields of a 304 (RFC 9110 15.4.5): the client has the others.
void add_fields_of_304(http::HeadWriter& head, const cache::Object& object) {
  for (const auto& [name, value] : object.shown()->fields) {
    if (name == "Cache-Control" || name == "Expires") head.field(name, value);
  }
  if (!object.etag().empty()) head.field("ETag", object.etag());
  if (!object.last_modified().empty()) head.field("Last-Modified", object.last_modified());
}

void add_content_range(http::HeadWriter& head, const ContentResponse& response) {
  if (response.total != cache::kUnknownTotal) {
    head.content_range(response.bytes, response.total);
  } else {
    head.field("Content-Range", fmt::format("bytes {}-{}/*", response.bytes.begin, response.bytes.end - 1));
  }
}

}  // namespace

http::HeadWriter ResponseHeads::begin(std::string& text, int status) {
  text.reserve(512);
  http::HeadWriter head(text);
  head.status(status);
  return head;
}

void ResponseHeads::end(http::HeadWriter& head, const http::Exchange& exchange) {
  if (!exchange.stays_open()) {
    head.field("Connection", "close");
  } else if (exchange.head.minor_version == 0) {
    head.field("Connection", "keep-alive");
  }
  head.finish();
}

std::string ResponseHeads::of_object(const http::Exchange& exchange, const cache::Object& object,
                                     const ContentResponse& response, Source source, const Moment& now) {
  std::string text;
  http::HeadWriter head = begin(text, response.status());
  const SteadyTime::duration exact_age = std::max(SteadyTime::duration(0), object.age(now.steady));
  const auto age = std::chrono::floor<std::chrono::seconds>(exact_age);
  // Expires is counted from the Date that it came with, so an old object has an old Date; the same in all responses.
  head.field("Date", http::date_to_string(now.wall - exact_age)).field("Via", via_);
  if (!source.learned || age.count() > 0) head.field("Age", static_cast<std::uint64_t>(age.count()));
  if (response.kind == ContentResponse::Kind::kNotModified) {
    add_fields_of_304(head, object);
  } else {
    head.lines(object.shown()->header_lines);
    head.field("Accept-Ranges", "bytes");
    if (response.kind == ContentResponse::Kind::kPart) add_content_range(head, response);
    if (response.bytes.end != cache::kUnknownTotal) {
      head.field("Content-Length", response.bytes.size());
    } else if (exchange.head.minor_version > 0) {
      head.field("Transfer-Encoding", "chunked");
    }
    head.field("X-Cache", source.hit ? "HIT" : "MISS");
  }
  end(head, exchange);
  return text;
}

std::string ResponseHeads::of_answer(const http::Exchange& exchange, const cache::Answer& answer) {
  std::string text;
  http::HeadWriter head = begin(text, answer.status);
  head.field("Date", date_.at(clock_.wall())).field("Via", via_);
  for (const auto& [name, value] : answer.fields) head.field(name, value);
  if (answer.status != 204) head.field("Content-Length", answer.body.size());
  end(head, exchange);
  return text;
}

std::string ResponseHeads::of_forwarded(const http::Exchange& exchange, const Forwarding& forwarding) {
  const origin::ResponseFacts answer = forwarding.answer();
  std::string text;
  http::HeadWriter head = begin(text, answer.status);
  if (answer.field("Date").empty()) head.field("Date", date_.at(clock_.wall()));
  head.field("Via", via_);
  pass_fields_on(head, exchange.head, answer);
  head.field("X-Cache", "BYPASS");
  end(head, exchange);
  return text;
}

std::string ResponseHeads::of_text(const http::Exchange& exchange, int status, std::uint64_t size,
                                   const TextFields& fields) {
  std::string text;
  http::HeadWriter head = begin(text, status);
  head.field("Date", date_.at(clock_.wall())).field("Via", via_);
  head.field("Content-Type", "text/plain; charset=utf-8").field("Content-Length", size);
  if (status == 405) head.field("Allow", "GET, HEAD");
  if (fields.total) head.content_range_unsatisfied(*fields.total);
  if (!fields.retry_after.empty()) head.field("Retry-After", fields.retry_after);
  end(head, exchange);
  return text;
}

}  // namespace larder::node
