#include "simulation/origin_reply.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

#include "http/date.h"
#include "support/client_request.h"
#include "support/origin_range.h"

namespace larder::simulation {

using support::OriginObject;
using support::OriginRange;

namespace {

constexpr std::uint64_t kOpenEnd = std::numeric_limits<std::uint64_t>::max();

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

// ReplyWriter: makes one reply.
class ReplyWriter {
 public:
  ReplyWriter(const Resource& resource, OriginObject object, const OriginReply::Asked& asked, Random& random)
      : resource_(resource),
        object_(std::move(object)),
        asked_(asked),
        random_(random),
        odd_(random.happens(resource.odd_ranges) ? resource.ranges : Resource::Ranges::kServed) {
    reply_.keep_alive = asked.keep_alive;
  }

  OriginReply make() {
    add("Date", http::date_to_string(SimulatedClock::kStart + asked_.now));
    add("ETag", object_.etag);
    add("Last-Modified", object_.last_modified);
    const bool conditional = is_conditional(asked_.head);
    const bool not_modified =
        conditional ? meets_condition(asked_.head, object_) : asked_.trouble == Trouble::kUnasked304;
    if (!not_modified || !resource_.bare_304) add_freshness();
    if (!asked_.keep_alive) add("Connection", "close");
    if (not_modified) {
      object_.size = resource_.object.size;  // of which it says nothing
      finish(304, "Not Modified");
    } else {
      answer_with_content();
    }
    reply_.object = std::move(object_);
    return std::move(reply_);
  }

 private:
  void add(std::string_view name, std::string_view value) {
    if (!value.empty()) fields_ += fmt::format("{}: {}\r\n", name, value);
  }
  void add_freshness() {
    add("Cache-Control", resource_.cache_control);
    if (!resource_.expires) return;
    add("Expires", http::date_to_string(SimulatedClock::kStart + asked_.now + resource_.lifetime));
  }
  void finish(int status, std::string_view reason) {
    reply_.status = status;
    reply_.head = fmt::format("HTTP/1.1 {} {}\r\n{}\r\n", status, reason, fields_);
  }

  /// The range that is to be served as one; nothing: all of it.
  std::optional<OriginRange> range() const {
    const bool served = asked_.trouble != Trouble::kIgnoresRange && asked_.trouble != Trouble::kEndless &&
                        resource_.framing == Resource::Framing::kLength && odd_ != Resource::Ranges::kIgnored;
    if (!served || !range_is_for(asked_.head, object_)) return std::nullopt;
    return support::parse_range(asked_.head.field("Range"), object_.size);
  }
  /// Whether somebody takes a range for one that cannot be satisfied because it ends behind the object.
  bool is_too_far() const {
    const bool refuses = odd_ == Resource::Ranges::kTooFar || odd_ == Resource::Ranges::kTooFarUntold;
    const auto raw = support::parse_asked_range(asked_.head.field("Range"));
    return refuses && raw && !raw->suffix && raw->end != kOpenEnd && raw->end > object_.size;
  }

  void answer_with_content() {
    const auto part = range();
    if (part && (part->size() == 0 || is_too_far())) {
      if (odd_ != Resource::Ranges::kTooFarUntold) add("Content-Range", fmt::format("bytes */{}", object_.size));
      add("Content-Length", "0");
      finish(416, "Range Not Satisfiable");
    } else if (part) {
      answer_with_part(*part);
    } else {
      answer_with_all();
    }
  }

  void answer_with_part(OriginRange part) {
    if (asked_.trouble == Trouble::kShortRange) part.end = part.begin + random_.between(1, part.size());
    if (asked_.trouble == Trouble::kWrongStart) {
      part.begin += std::min(1 + random_.below(part.size()), part.size() - 1);
    }
    reply_.begin = part.begin;
    reply_.end = part.end;
    if (asked_.trouble == Trouble::kWrongTotal) object_.size += 1 + random_.below(5'000);
    const std::string total = odd_ == Resource::Ranges::kUntold ? "*" : fmt::format("{}", object_.size);
    const std::string where = fmt::format("bytes {}-{}/{}", part.begin, part.end - 1, total);
    if (odd_ == Resource::Ranges::kMultipart) {
      reply_.before = fmt::format("\r\n--limit\r\nContent-Range: {}\r\n\r\n", where);
      reply_.behind = "\r\n--limit--\r\n";
      add("Content-Type", "multipart/byteranges; boundary=limit");
    } else {
      add("Content-Type", object_.content_type);
      add("Content-Range", where);
    }
    add("Content-Length", fmt::format("{}", reply_.before.size() + part.size() + reply_.behind.size()));
    finish(206, "Partial Content");
  }

  void answer_with_all() {
    reply_.end = object_.size;
    reply_.chunked = resource_.framing == Resource::Framing::kChunked || asked_.trouble == Trouble::kEndless;
    reply_.to_end = resource_.framing == Resource::Framing::kToEnd && !reply_.chunked;
    add("Content-Type", object_.content_type);
    if (reply_.chunked) add("Transfer-Encoding", "chunked");
    if (reply_.to_end) reply_.keep_alive = false;
    if (!reply_.chunked && !reply_.to_end) add("Content-Length", fmt::format("{}", object_.size));
    finish(200, "OK");
  }

  const Resource& resource_;
  OriginObject object_;
  const OriginReply::Asked& asked_;
  Random& random_;
  const Resource::Ranges odd_;
  std::string fields_;
  OriginReply reply_;
};

}  // namespace

bool is_conditional(const support::MessageHead& head) {
  return !head.field("If-None-Match").empty() || !head.field("If-Modified-Since").empty();
}

OriginReply OriginReply::make(const Resource& resource, const OriginObject& object, const Asked& asked,
                              Random& random) {
  return ReplyWriter(resource, object, asked, random).make();
}

}  // namespace larder::simulation
