#include "support/audit_terms.h"

#include <array>
#include <cstdio>

namespace larder::support {

std::string to_string(const Url& url) {
  return (url.host.empty() ? "(no host)" : url.host) + url.path + (url.query.empty() ? "" : "?" + url.query);
}

std::string to_string(Elapsed moment) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.3f s", std::chrono::duration<double>(moment).count());
  return text.data();
}

std::vector<Url> keys_of(const Url& url) {
  std::vector<Url> keys = {url};
  if (!url.query.empty()) keys.push_back({url.host, url.path, ""});
  if (!url.host.empty()) {
    if (!url.query.empty()) keys.push_back({"", url.path, url.query});
    keys.push_back({"", url.path, ""});
  }
  return keys;
}

std::vector<Url> scopes_of(const Url& url) {
  return {url, {url.host, url.path, ""}, {url.host, "", ""}, {"", url.path, ""}, {}};
}

}  // namespace larder::support
