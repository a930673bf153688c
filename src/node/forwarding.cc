#include "node/forwarding.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <optional>
#include <span>
#include <utility>

namespace larder::node {
namespace {

constexpr int kTries = 3;
constexpr std::size_t kPiece = 64 << 10;

constexpr std::array<std::string_view, 17> kPassedOn = {
    "Date",          "Age",         "Content-Type",  "Content-Disposition",    "Content-Encoding", "Content-Language",
    "Cache-Control", "Expires",     "ETag",          "Last-Modified",          "Content-Range",    "Content-MD5",
    "Location",      "Retry-After", "Accept-Ranges", "X-Content-Type-Options", "WWW-Authenticate"};

bool is_worth_a_try(Errc code) {
  return code == Errc::kTimeout || code == Errc::kUnavailable || code == Errc::kCorrupt;
}

}  // namespace

Forwarding::Forwarding(const http::RequestHead& head, origin::OriginClient& origin, Sender& sender, const Clock& clock)
    : head_(head), origin_(origin), sender_(sender), clock_(clock) {}

Task<Result<>> Forwarding::ask(const origin::OriginRequest& upstream, Deadline deadline) {
  origin::OriginRequest request = upstream;
  request.head_only = head_.method == http::Method::kHead;
  const auto range = head_.fields.last("Range");
  // Several ranges, and those of a HEAD, do not count (RFC 9110 14.2).
  if (range && !request.head_only && http::parse_range(*range)) {
    request.own_fields.emplace_back("Range", *range);
    if (const auto version = head_.fields.find("If-Range")) request.own_fields.emplace_back("If-Range", *version);
  }
  for (const http::Field& field : head_.fields) {
    const bool condition =
        http::equal_names(field.name, "If-None-Match") || http::equal_names(field.name, "If-Modified-Since");
    if (condition) request.own_fields.emplace_back(field.name, field.value);
  }
  for (int tries = 1;; ++tries) {
    auto asked = co_await ask_once(request, deadline);
    const bool again = !asked && is_worth_a_try(asked.error().code) && tries < kTries;
    if (!again || deadline.passed(clock_.now())) co_return asked;
  }
}

Task<Result<>> Forwarding::ask_once(const origin::OriginRequest& request, Deadline deadline) {
  CO_TRY(response_, co_await origin_.fetch(request, deadline));
  CO_TRY_VOID(check());
  framing_ = framing();
  co_return Result<>();
}

/// Whether it answers what was asked; what it says of the object is the origin's affair.
Result<> Forwarding::check() const {
  const auto& fields = head_.fields;
  const bool conditional = fields.count("If-None-Match") > 0 || fields.count("If-Modified-Since") > 0;
  if (response_->status() == 304 && !conditional) {
    return fail(Errc::kCorrupt, "the origin answered 304 to a request without a condition");
  }
  if (response_->status() != 206) return {};
  const auto asked = http::parse_range(fields.last("Range").value_or(std::string_view()));
  const auto& sent = response_->content_range();
  if (!asked || !sent || sent->unsatisfied() || !sent->total) {
    return fail(Errc::kCorrupt, "206 without a Content-Range that can be read, or to a request without a range");
  }
  if (http::resolve(*asked, *sent->total) != sent->range) {
    return fail(Errc::kCorrupt, "the origin sends bytes {}-{} of {}, which are not those that were asked for",
                sent->range.begin, sent->range.end - 1, *sent->total);
  }
  const auto length = response_->body_length();
  if (length && *length != sent->range.size()) {
    return fail(Errc::kCorrupt, "Content-Range of {} bytes over a body of {}", sent->range.size(), *length);
  }
  return {};
}

Forwarding::Framing Forwarding::framing() const {
  const int status = response_->status();
  if (head_.method == http::Method::kHead || status == 204 || status == 304) return Framing::kNone;
  if (response_->body_length()) return Framing::kLength;
  return head_.minor_version == 0 ? Framing::kToEnd : Framing::kChunked;
}

void Forwarding::describe(http::HeadWriter& writer) const {
  for (const std::string_view name : kPassedOn) {
    for (const http::Field& field : response_->fields()) {
      if (http::equal_names(field.name, name)) writer.field(name, field.value);
    }
  }
  switch (framing_) {
    case Framing::kLength: writer.field("Content-Length", *response_->body_length()); break;
    case Framing::kChunked: writer.field("Transfer-Encoding", "chunked"); break;
    case Framing::kNone:
      if (const auto length = response_->field("Content-Length");
          head_.method == http::Method::kHead && !length.empty())
        writer.field("Content-Length", length);
      break;
    case Framing::kToEnd: break;
  }
}

Task<Result<>> Forwarding::send_body() {
  if (framing_ == Framing::kNone) co_return Result<>();
  const bool chunked = framing_ == Framing::kChunked;
  // Before and behind the bytes there is room for what makes a chunk of them.
  constexpr std::size_t kBefore = 16;
  constexpr std::string_view kEnd = "\r\n";
  const auto memory = std::make_unique<std::array<std::byte, kBefore + kPiece + kEnd.size()>>();
  const std::span<std::byte> all(*memory);
  for (;;) {
    CO_TRY(const std::size_t count, co_await response_->read(all.subspan(kBefore, kPiece)));
    if (count == 0) break;
    std::size_t begin = kBefore;
    std::size_t end = kBefore + count;
    if (chunked) {
      const std::string size = fmt::format("{:x}\r\n", count);
      begin -= size.size();
      std::ranges::copy(std::as_bytes(std::span(size)), all.begin() + static_cast<std::ptrdiff_t>(begin));
      std::ranges::copy(std::as_bytes(std::span(kEnd)), all.begin() + static_cast<std::ptrdiff_t>(end));
      end += kEnd.size();
    }
    CO_TRY_VOID(co_await sender_.send(all.subspan(begin, end - begin)));
    bytes_ += count;
  }
  constexpr std::string_view kLastChunk = "0\r\n\r\n";
  if (chunked) co_return co_await sender_.send(std::as_bytes(std::span(kLastChunk)));
  co_return Result<>();
}

}  // namespace larder::node
