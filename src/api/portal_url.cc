#include "api/portal_url.h"

#include <algorithm>

namespace larder::api {

std::string portal_url(const Call& call) {
  if (!call.services.config.url.empty()) return call.services.config.url;
  const std::string* host = call.request.field("Host");
  return fmt::format("{}://{}", call.request.secure ? "https" : "http",
                     host == nullptr || host->empty() ? "localhost" : *host);
}

bool is_local_path(std::string_view path) {
  if (!path.starts_with('/') || path.starts_with("//") || path.size() > 1000) return false;
  return std::ranges::all_of(path, [](char c) { return c > ' ' && c <= '~' && c != '\\'; });
}

}  // namespace larder::api
