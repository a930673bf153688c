// Counters: what one event loop has served. Only that loop writes, anybody reads.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "cache/forward.h"
#include "http/client_limits.h"
#include "node/audience.h"
#include "node/count.h"
#include "node/latency_counts.h"
#include "node/rule_traffic.h"

namespace larder::node {

/// Why a request did not get what it asked for.
enum class ErrorKind { kMalformed, kRefused, kNotFound, kOrigin, kTimeout, kOverload, kCutOff, kClientGone };
inline constexpr std::size_t kErrorKinds = 8;

constexpr std::string_view to_string(ErrorKind kind) {
  constexpr std::array<std::string_view, kErrorKinds> kNames = {"malformed", "refused",  "not_found", "origin",
                                                                "timeout",   "overload", "cut_off",   "client_gone"};
  return kNames[static_cast<std::size_t>(kind)];
}

struct alignas(64) Counters {
  Count requests;
  Count bytes_out;   // of bodies
  Count hit_bytes;   // of those, from what was stored or on its way already
  Count fill_bytes;  // of those, fetched because of the request itself
  std::array<Count, cache::kForwardReasons>
      forwarded;  // requests that went to the origin for one client alone, by reason
  Count connections;
  Count connections_accepted;
  std::array<Count, 6> by_status;  // [2]: 2xx
  std::array<Count, kErrorKinds> errors;
  std::array<Count, http::kClientLimits> client_limits;  // times that a client met it

  RuleTraffic rules;
  LatencyCounts origin_first_byte;  // from the request to the head of its response
  Audience audience;

  void met(http::ClientLimit limit) { client_limits[static_cast<std::size_t>(limit)].add(1); }
  void error(ErrorKind kind) { errors[static_cast<std::size_t>(kind)].add(1); }
};

}  // namespace larder::node
