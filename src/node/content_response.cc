#include "node/content_response.h"

#include <algorithm>

#include "cache/object_info.h"
#include "http/date.h"
#include "http/etag.h"

namespace larder::node {
namespace {

// No object is longer: a range to there is one to its end.
constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 52;

// If-Range: the range holds only for the version that the client has (RFC 9110 13.1.5).
bool range_holds(std::optional<std::string_view> if_range, const Representation& object) {
  if (!if_range) return true;
  if (http::strong_equal(*if_range, object.etag)) return true;
  return object.has_strong_date && *if_range == object.last_modified;
}

// If-None-Match, else If-Modified-Since (RFC 9110 13.2.2). If-Match and If-Unmodified-Since are for origins only (RFC
// 9111 4.3.2).
bool client_has_it(const http::FieldList& fields, const Representation& object, WallTime now) {
  if (fields.count("If-None-Match") > 0) {
    const auto ours = http::parse_etag(object.etag);
    return std::any_of(fields.begin(), fields.end(), [&](const http::Field& field) {
      if (!http::equal_names(field.name, "If-None-Match")) return false;
      if (field.value == "*" || (ours && http::list_has(field.value, *ours, true))) return true;
      return !object.etag.empty() && field.value == object.etag;  // it may have no quotes
    });
  }
  const auto since = fields.find("If-Modified-Since");
  if (!since || object.last_modified.empty()) return false;
  const auto client_date = http::parse_date(*since, now);
  const auto our_date = http::parse_date(object.last_modified, now);
  return client_date && our_date && *our_date <= *client_date;
}

}  // namespace

int ContentResponse::status() const {
  switch (kind) {
    case Kind::kWhole: return 200;
    case Kind::kPart: return 206;
    case Kind::kNotModified: return 304;
    case Kind::kNotSatisfiable: return 416;
    case Kind::kUntold: break;
  }
  return 500;
}

ContentResponse content_response(const http::RequestHead& head, const Representation& object, WallTime now) {
  using Kind = ContentResponse::Kind;
  if (client_has_it(head.fields, object, now)) return {Kind::kNotModified, {}, object.total};
  const ContentResponse whole{Kind::kWhole, {0, object.total}, object.total};
  // A range is defined for GET only (RFC 9110 14.2).
  const auto field = head.fields.last("Range");
  if (head.method != http::Method::kGet || !field || !range_holds(head.fields.find("If-Range"), object)) return whole;
  const auto asked = http::parse_range(*field);
  if (!asked) return whole;
  const bool is_closed = asked->kind == http::RangeRequest::Kind::kFromFirst && asked->last < kMostBytes;
  if (object.total == cache::kUnknownTotal && !is_closed) return {Kind::kUntold, {}, object.total};
  const auto range = http::resolve(*asked, object.total);
  if (!range) return {Kind::kNotSatisfiable, {}, object.total};
  return {Kind::kPart, *range, object.total};
}

}  // namespace larder::node
