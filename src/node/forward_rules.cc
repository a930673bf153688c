#include "node/forward_rules.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

namespace larder::node {
namespace {

constexpr std::array<std::string_view, 4> kConditions = {"If-Match", "If-None-Match", "If-Modified-Since",
                                                         "If-Unmodified-Since"};
constexpr std::array<std::string_view, 17> kPassedOn = {
    "Date",          "Age",         "Content-Type",  "Content-Disposition",    "Content-Encoding", "Content-Language",
    "Cache-Control", "Expires",     "ETag",          "Last-Modified",          "Content-Range",    "Content-MD5",
    "Location",      "Retry-After", "Accept-Ranges", "X-Content-Type-Options", "WWW-Authenticate"};
// These are lists (RFC 9110 5.3); of the others one line is right.
constexpr std::array<std::string_view, 2> kLists = {"Cache-Control", "WWW-Authenticate"};

bool is_among(std::string_view name, const auto& names) {
  return std::ranges::any_of(names, [&](std::string_view other) { return http::equal_names(name, other); });
}

bool is_conditional(const http::RequestHead& head) {
  return head.fields.count("If-None-Match") > 0 || head.fields.count("If-Modified-Since") > 0;
}

std::optional<http::RangeRequest> asked_range(const http::RequestHead& head) {
  const auto range = head.fields.last("Range");
  return range && head.method == http::Method::kGet ? http::parse_range(*range) : std::nullopt;
}

/// Whether `sent` begins where `asked` does, and is no more.
bool is_part_of(const http::ContentRange& sent, const http::RangeRequest& asked) {
  if (sent.total) {
    const auto wanted = http::resolve(asked, *sent.total);
    return wanted && sent.range.begin == wanted->begin && sent.range.end <= wanted->end;
  }
  const bool from_first = asked.kind == http::RangeRequest::Kind::kFromFirst;
  return from_first && sent.range.begin == asked.first && sent.range.end - 1 <= asked.last;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> asked_fields(const http::RequestHead& head) {
  std::vector<std::pair<std::string, std::string>> fields;
  if (asked_range(head)) {
    fields.emplace_back("Range", *head.fields.last("Range"));
    if (const auto version = head.fields.find("If-Range")) fields.emplace_back("If-Range", *version);
  }
  for (const http::Field& field : head.fields) {
    if (is_among(field.name, kConditions)) fields.emplace_back(field.name, field.value);
  }
  return fields;
}

Result<> check_answer(const http::RequestHead& head, const origin::ResponseFacts& answer) {
  if (answer.status == 304 && !is_conditional(head)) {
    return fail(Errc::kInvalid, "the origin answered 304 to a request without a condition");
  }
  if (answer.status != 206) return {};
  const auto asked = asked_range(head);
  const auto& sent = answer.content_range;
  if (!asked) return fail(Errc::kInvalid, "the origin answered 206 to a request without a range");
  if (!sent || sent->unsatisfied()) return fail(Errc::kInvalid, "206 without a Content-Range that can be read");
  if (!is_part_of(*sent, *asked)) {
    return fail(Errc::kInvalid, "the origin sends bytes {}-{}, which are not those that were asked for",
                sent->range.begin, sent->range.end - 1);
  }
  if (answer.body_length && *answer.body_length != sent->range.size() && head.method == http::Method::kGet) {
    return fail(Errc::kInvalid, "Content-Range of {} bytes over a body of {}", sent->range.size(), *answer.body_length);
  }
  return {};
}

int status_for_client(int status) {
  switch (status) {
    case 407:              // Proxy Authentication Required
    case 408:              // Request Timeout
    case 429: return 503;  // Too Many Requests
    default: return status;
  }
}

std::optional<std::uint64_t> length_of(const origin::ResponseFacts& answer) {
  if (answer.status == 206 && answer.content_range) return answer.content_range->range.size();
  return answer.body_length;
}

BodyFraming framing_of(const http::RequestHead& head, const origin::ResponseFacts& answer) {
  if (head.method == http::Method::kHead || answer.status == 204 || answer.status == 304) return BodyFraming::kNone;
  if (length_of(answer)) return BodyFraming::kLength;
  return head.minor_version == 0 ? BodyFraming::kToEnd : BodyFraming::kChunked;
}

void pass_fields_on(http::HeadWriter& writer, const http::RequestHead& head, const origin::ResponseFacts& answer) {
  for (const std::string_view name : kPassedOn) {
    for (const http::Field& field : answer.fields) {
      if (!http::equal_names(field.name, name)) continue;
      writer.field(name, field.value);
      if (!is_among(name, kLists)) break;
    }
  }
  switch (framing_of(head, answer)) {
    case BodyFraming::kLength: writer.field("Content-Length", *length_of(answer)); break;
    case BodyFraming::kChunked: writer.field("Transfer-Encoding", "chunked"); break;
    case BodyFraming::kToEnd: break;
    case BodyFraming::kNone:
      if (const auto length = answer.field("Content-Length"); answer.status != 204 && !length.empty()) {
        writer.field("Content-Length", length);
      }
  }
}

}  // namespace larder::node
