#include "cache/describe_object.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "cache/freshness.h"
#include "cache/versions.h"

namespace larder::cache {
namespace {

// What clients get besides the fields that this node makes itself.
constexpr std::array<std::string_view, 8> kPassedFields = {
    "Content-Type", "Content-Disposition", "Content-Encoding",      "Content-Language", "Cache-Control",
    "Expires",      "Content-MD5",         "X-Content-Type-Options"};
constexpr std::array<std::string_view, 6> kAnswerFields = {"Content-Type",  "Location",         "Retry-After",
                                                           "Cache-Control", "WWW-Authenticate", "Content-Range"};

// These say what the bytes are, and those that are stored are still the ones that came with them.
constexpr std::array<std::string_view, 4> kOfTheBytes = {"Content-Type", "Content-Encoding", "Content-Language",
                                                         "Content-MD5"};

/// Of Cache-Control, which is a list, all of its lines; of any other the first one.
std::optional<std::string> value_of(const http::FieldList& fields, std::string_view name) {
  const auto first = fields.find(name);
  if (!first) return std::nullopt;
  return name == "Cache-Control" ? fields.joined(name) : std::string(*first);
}

template <std::size_t N>
std::vector<std::pair<std::string, std::string>> copy_fields(const http::FieldList& fields,
                                                             const std::array<std::string_view, N>& names) {
  std::vector<std::pair<std::string, std::string>> copies;
  for (const std::string_view name : names) {
    if (auto value = value_of(fields, name)) copies.emplace_back(name, *std::move(value));
  }
  return copies;
}

std::string_view field_of(const ObjectInfo& info, std::string_view name) {
  const auto found =
      std::ranges::find(info.fields, name, [](const auto& field) { return std::string_view(field.first); });
  return found == info.fields.end() ? std::string_view() : found->second;
}

/// By what `info` says by now, with the Date and the Age of `response`. When that was sent, by its origin's clock.
WallTime assess(ObjectInfo& info, const origin::ResponseFacts& response, const origin::Target& target, WallTime now) {
  FreshnessInput input;
  if (const auto fresh = target.rule->fresh_for(target.path())) {
    input.rule_fresh = std::chrono::duration_cast<std::chrono::seconds>(*fresh);
  }
  input.honour_no_store = target.rule->honour_no_store;
  input.cache_control = field_of(info, "Cache-Control");
  input.expires = field_of(info, "Expires");
  input.date = response.field("Date");
  input.age = response.field("Age");
  input.last_modified = info.last_modified;
  input.now = now;
  const Freshness freshness = assess_freshness(input);
  info.fresh_until = freshness.fresh_until;
  info.born = freshness.born;
  info.checked = now;
  info.forbidden = freshness.forbidden || (response.limits.forbidden && target.rule->honour_no_store);
  if (response.limits.fresh_for && !input.rule_fresh) {
    info.fresh_until = std::min(info.fresh_until, now + *response.limits.fresh_for);
  }
  return freshness.sent.value_or(now);
}

}  // namespace

std::vector<std::pair<std::string, std::string>> answer_fields(const http::FieldList& fields) {
  return copy_fields(fields, kAnswerFields);
}

ObjectInfo describe_object(const origin::ResponseFacts& response, const origin::Target& target, std::uint64_t total,
                           WallTime now, const std::function<storage::ObjectId()>& new_id, PurgeStamp purges) {
  ObjectInfo info;
  info.url = fmt::format("{}://{}{}", target.tls ? "https" : "http", target.host, target.path());
  info.rule = target.rule->name;
  info.made_after = purges.last_hard;
  info.confirmed_after = purges.last;
  info.total = total;
  info.etag = response.field("ETag");
  info.last_modified = response.field("Last-Modified");
  info.fields = copy_fields(response.fields, kPassedFields);
  info.ranges = response.status == 206;
  const WallTime sent = assess(info, response, target, now);
  info.strong_date = is_strong_date(info.last_modified, sent);
  const bool never_changes = target.rule->never_changes(target.path());
  const bool has_validator = has_strong_validator(info);
  info.single = !never_changes && !has_validator;
  if (total == kUnknownTotal || (!never_changes && !has_validator)) {
    info.id = new_id();  // another response may bring other bytes under the same names
  } else if (never_changes) {
    info.id = origin::object_id(target.key, "", "", total, info.made_after);
  } else if (has_strong_etag(info)) {
    info.id = origin::object_id(target.key, info.etag, "", total, info.made_after);
  } else {
    info.id = origin::object_id(target.key, info.etag, info.last_modified, total, info.made_after);
  }
  return info;
}

ObjectInfo describe_validated(const ObjectInfo& stored, const origin::ResponseFacts& response,
                              const origin::Target& target, WallTime now, PurgeStamp purges) {
  ObjectInfo info = stored;
  info.confirmed_after = purges.last;
  for (auto& [name, value] : copy_fields(response.fields, kPassedFields)) {
    if (std::ranges::find(kOfTheBytes, name) != kOfTheBytes.end()) continue;
    const auto old = std::ranges::find(info.fields, name, [](const auto& field) { return field.first; });
    if (old == info.fields.end()) {
      info.fields.emplace_back(std::move(name), std::move(value));
    } else {
      old->second = std::move(value);
    }
  }
  assess(info, response, target, now);
  return info;
}

}  // namespace larder::cache
