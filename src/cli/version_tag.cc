#include "cli/version_tag.h"

#include <fmt/format.h>

#include <boost/json/object.hpp>

namespace larder::cli {

std::string etag_of(std::string_view version) {
  if (version == "*" || version.starts_with('"')) return std::string(version);
  return fmt::format("\"{}\"", version);
}

std::string version_of(std::string_view etag) {
  if (etag.starts_with("W/")) etag.remove_prefix(2);
  if (etag.size() >= 2 && etag.starts_with('"') && etag.ends_with('"')) etag = etag.substr(1, etag.size() - 2);
  return std::string(etag);
}

boost::json::value with_version(boost::json::value object, std::string_view etag) {
  if (object.is_object() && !etag.empty()) object.get_object()["version"] = version_of(etag);
  return object;
}

}  // namespace larder::cli
