#include "api/prefer_wait.h"

#include <algorithm>
#include <string>

namespace larder::api {

std::optional<int> wait_of(const Request& request) {
  const std::string* prefer = request.field("Prefer");
  const std::size_t at = prefer == nullptr ? std::string::npos : prefer->find("wait=");
  if (at == std::string::npos) return std::nullopt;
  int seconds = 0;
  for (std::size_t i = at + 5; i < prefer->size() && seconds < kLongestWait_s; ++i) {
    const char c = (*prefer)[i];
    if (c < '0' || c > '9') break;
    seconds = seconds * 10 + (c - '0');
  }
  return std::min(seconds, kLongestWait_s);
}

}  // namespace larder::api
