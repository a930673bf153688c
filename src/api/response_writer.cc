#include "api/response_writer.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/clock.h"
#include "http/head_writer.h"

namespace larder::api {
namespace {

// A client has limits.send_stall to take each piece of its answer.
constexpr std::size_t kPiece = 256 * 1024;
// Bodies up to this size go out with their head, at once.
constexpr std::size_t kSmallBody = 16 * 1024;
// An answer that somebody makes a browser show as a page does nothing.
constexpr std::string_view kNoPage = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
constexpr std::string_view kYear = "31536000";  // seconds

bool has_field(const Response& response, std::string_view name) {
  return std::ranges::any_of(response.fields, [&](const auto& field) { return http::equal_names(field.first, name); });
}

bool has_no_body(const Response& response) { return response.status == 204 || response.status == 304; }

}  // namespace

bool ResponseWriter::sends_body(const Response& response) const {
  return !has_no_body(response) && exchange_.head.method != http::Method::kHead;
}

std::string ResponseWriter::head_of(const Response& response, std::string_view date, bool secure) {
  std::string out;
  http::HeadWriter head(out);
  head.status(response.status).field("Date", date);
  if (!response.content_type.empty()) head.field("Content-Type", response.content_type);
  if (framing_ == Framing::kChunks) head.field("Transfer-Encoding", "chunked");
  if (framing_ == Framing::kLength && !has_no_body(response))
    head.field("Content-Length", response.whole_body().size());
  if (!has_field(response, "Cache-Control")) head.field("Cache-Control", "no-store");
  head.field("X-Content-Type-Options", "nosniff");
  if (!has_field(response, "Content-Security-Policy")) head.field("Content-Security-Policy", kNoPage);
  if (!has_field(response, "Referrer-Policy")) head.field("Referrer-Policy", "no-referrer");
  if (secure) head.field("Strict-Transport-Security", fmt::format("max-age={}", kYear));
  for (const auto& [name, value] : response.fields) head.field(name, value);
  if (!exchange_.stays_open()) {
    head.field("Connection", "close");
  } else if (exchange_.head.minor_version == 0) {
    head.field("Connection", "keep-alive");
  }
  head.finish();
  return out;
}

Task<bool> ResponseWriter::begin(const Response& response, std::string_view date, bool secure) {
  if (!response.next.empty()) {
    framing_ = exchange_.head.minor_version == 0 ? Framing::kToEnd : Framing::kChunks;
    if (framing_ == Framing::kToEnd) exchange_.keep_alive = false;
  }
  std::string head = head_of(response, date, secure);
  const bool with_body = sends_body(response);
  if (with_body && framing_ == Framing::kLength && response.whole_body().size() <= kSmallBody) {
    head += response.whole_body();
    co_return co_await write(head);
  }
  if (!co_await write(head)) co_return false;
  if (!with_body) co_return true;
  co_return co_await go_on(response);
}

Task<bool> ResponseWriter::go_on(const Response& piece) {
  const std::string_view body = piece.whole_body();
  if (body.empty()) co_return true;
  const bool chunk = framing_ == Framing::kChunks;
  if (chunk) {
    const std::string size = fmt::format("{:x}\r\n", body.size());
    if (!co_await write(size)) co_return false;
  }
  if (!co_await write(body)) co_return false;
  if (!chunk) co_return true;
  co_return co_await write("\r\n");
}

Task<http::Persistence> ResponseWriter::end() {
  if (framing_ == Framing::kToEnd) co_return http::Persistence::kClose;
  const bool last_chunk = framing_ == Framing::kChunks && exchange_.head.method != http::Method::kHead;
  if (!last_chunk) co_return http::Persistence::kKeep;
  const bool sent = co_await write("0\r\n\r\n");
  co_return sent ? http::Persistence::kKeep : http::Persistence::kAbort;
}

Task<bool> ResponseWriter::write(std::string_view text) {
  auto rest = std::as_bytes(std::span(text));
  while (!rest.empty()) {
    const auto piece = rest.first(std::min(kPiece, rest.size()));
    if (!co_await write_piece(piece)) co_return false;
    rest = rest.subspan(piece.size());
  }
  co_return true;
}

Task<bool> ResponseWriter::write_piece(std::span<const std::byte> piece) {
  const SteadyTime end = SystemClock().now() + stall_;
  if (stop_) {
    exchange_.stream.expire_at(std::min(end, *stop_));
  } else {
    exchange_.stream.expire_at(end, &exchange_.stopping);
  }
  const http::IdleConnections::Wait wait(exchange_.idle);
  while (!piece.empty()) {
    const auto sent = co_await write_some(piece);
    if (!sent) co_return false;
    piece = piece.subspan(*sent);
  }
  co_return true;
}

/// Waits end when the server stops: the client then has its grace.
Task<larder::Result<std::size_t>> ResponseWriter::write_some(std::span<const std::byte> bytes) {
  auto sent = co_await exchange_.stream.write_some(bytes);
  const bool woken = !sent && sent.error().code == Errc::kTimeout && exchange_.stopping.load(std::memory_order_relaxed);
  if (!woken || stop_) co_return sent;
  stop_ = SystemClock().now() + http::RequestBody::kStopGrace;
  exchange_.stream.expire_at(*stop_);
  co_return co_await exchange_.stream.write_some(bytes);
}

}  // namespace larder::api
