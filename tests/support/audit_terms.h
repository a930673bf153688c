// The words in which an Auditor is told what happened.
#pragma once

#include <chrono>
#include <compare>
#include <string>
#include <vector>

namespace larder::support {

/// Time since the beginning of a test or of a simulation.
using Elapsed = std::chrono::nanoseconds;

inline constexpr Elapsed kForever = Elapsed::max();

// Url: what an origin is asked for. Where contents are told, an empty host stands for any host and an empty query for
// any query; of a request, and of an answer that is no content, everything is exact.
struct Url {
  std::string host;
  std::string path;
  std::string query;
  friend auto operator<=>(const Url&, const Url&) = default;
};

/// "example.com/a.bin?x=1".
std::string to_string(const Url& url);
/// "12.345 s".
std::string to_string(Elapsed moment);

/// All that may stand for `url` where contents are told, the most exact one first: itself, for any query, for any host.
std::vector<Url> keys_of(const Url& url);

/// All for which something may be allowed that then goes for `url`, the most exact one first: itself, host and path,
/// host, path, Url{}.
std::vector<Url> scopes_of(const Url& url);

// Freshness: how old what a cache serves may be: it was current at the origin not longer than `age` before the request
// began.
struct Freshness {
  Elapsed age{0};
  /// Older is in order if the origin was out at some time not longer than `outage_memory` before the request began, or
  /// while it ran, or if the request was held up by what the origin said to another.
  bool stale_while_out = false;
  Elapsed outage_memory{0};
};

}  // namespace larder::support
