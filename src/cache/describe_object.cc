#include "cache/describe_object.h"

#include <array>
#include <string_view>

#include "cache/freshness.h"

namespace larder::cache {
namespace {

// What clients get besides the fields that this node makes itself.
constexpr std::array<std::string_view, 8> kPassedFields = {
    "Content-Type", "Content-Disposition", "Content-Encoding",      "Content-Language", "Cache-Control",
    "Expires",      "Content-MD5",         "X-Content-Type-Options"};
constexpr std::array<std::string_view, 6> kAnswerFields = {"Content-Type",  "Location",         "Retry-After",
                                                           "Cache-Control", "WWW-Authenticate", "Content-Range"};

template <std::size_t N>
std::vector<std::pair<std::string, std::string>> copy_fields(const http::FieldList& fields,
                                                             const std::array<std::string_view, N>& names) {
  std::vector<std::pair<std::string, std::string>> copies;
  for (const std::string_view name : names) {
    if (const auto value = fields.find(name)) copies.emplace_back(name, *value);
  }
  return copies;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> answer_fields(const http::FieldList& fields) {
  return copy_fields(fields, kAnswerFields);
}

ObjectInfo describe_object(const origin::OriginResponse& response, const origin::Target& target, std::uint64_t total,
                           WallTime now, const std::function<storage::ObjectId()>& new_id) {
  ObjectInfo info;
  info.url = fmt::format("{}://{}{}", target.tls ? "https" : "http", target.host,
                         std::string_view(target.path_and_query).substr(0, target.path_and_query.find('?')));
  info.total = total;
  info.etag = response.etag();
  info.last_modified = response.last_modified();
  info.fields = copy_fields(response.fields(), kPassedFields);
  info.ranges = response.status() == 206;
  // Without a validator two fetches may be of two versions: each gets an id of its own.
  info.id = (info.etag.empty() && info.last_modified.empty()) || total == kUnknownTotal
                ? new_id()
                : origin::object_id(target.key, info.etag, info.last_modified, total);
  FreshnessInput input;
  if (const auto fresh = target.rule->fresh_for(target.path())) {
    input.rule_fresh = std::chrono::duration_cast<std::chrono::seconds>(*fresh);
  }
  input.honour_no_store = target.rule->honour_no_store;
  input.cache_control = response.cache_control();
  input.expires = response.field("Expires");
  input.date = response.field("Date");
  input.age = response.field("Age");
  input.last_modified = info.last_modified;
  input.now = now;
  const Freshness freshness = assess_freshness(input);
  info.fresh_until = freshness.fresh_until;
  info.born = freshness.born;
  info.ephemeral = freshness.ephemeral;
  return info;
}

}  // namespace larder::cache
