#include "cache/versions.h"

#include <algorithm>
#include <chrono>

#include "http/cache_control.h"
#include "http/date.h"
#include "http/etag.h"

namespace larder::cache {
namespace {

constexpr auto kOldEnough = std::chrono::seconds(60);

http::CacheControl control_of(const ObjectInfo& info) {
  const auto found = std::ranges::find(info.fields, "Cache-Control", [](const auto& field) { return field.first; });
  return http::parse_cache_control(found == info.fields.end() ? std::string_view() : found->second);
}

}  // namespace

bool has_strong_etag(const ObjectInfo& info) {
  const auto tag = http::parse_etag(info.etag);
  return tag && !tag->weak;
}

bool is_strong_date(std::string_view last_modified, WallTime sent) {
  const auto modified = http::parse_date(last_modified, sent);
  return modified && sent - *modified >= kOldEnough;
}

bool has_strong_validator(const ObjectInfo& info) { return has_strong_etag(info) || info.strong_date; }

bool is_immutable(const ObjectInfo& info) { return control_of(info).immutable; }

bool is_forbidden(const ObjectInfo& info) {
  const http::CacheControl control = control_of(info);
  return control.no_store || control.is_private;
}

bool differs_surely(const ObjectInfo& known, const ObjectInfo& response, bool never_changes) {
  const bool told = known.total != kUnknownTotal && response.total != kUnknownTotal;
  if (told && known.total != response.total) return true;
  if (never_changes) return false;
  const auto differ = [](const std::string& a, const std::string& b) { return !a.empty() && !b.empty() && a != b; };
  return differ(known.etag, response.etag) || differ(known.last_modified, response.last_modified);
}

bool same_version(const ObjectInfo& known, const ObjectInfo& response, bool never_changes) {
  if (known.total != response.total) return false;
  if (never_changes) return true;
  if (known.single || response.single || !has_strong_validator(known) || !has_strong_validator(response)) return false;
  if (known.etag != response.etag) return false;
  return has_strong_etag(known) || known.last_modified == response.last_modified;
}

}  // namespace larder::cache
