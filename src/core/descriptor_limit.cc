#include "core/descriptor_limit.h"

#include <sys/resource.h>

#include <algorithm>

namespace larder {
namespace {

constexpr std::size_t kWhenUnknown = 10'000;
constexpr std::size_t kWhenUnlimited = 1'000'000;

}  // namespace

std::size_t raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return kWhenUnknown;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return kWhenUnlimited;
  return static_cast<std::size_t>(limit.rlim_cur);
}

std::size_t connection_limit(std::size_t wanted, std::size_t reserved) {
  const std::size_t descriptors = raise_descriptor_limit();
  const std::size_t possible = descriptors > 2 * reserved ? descriptors - reserved : descriptors / 2;
  return wanted == 0 ? possible : std::min(wanted, possible);
}

}  // namespace larder
