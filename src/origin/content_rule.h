// ContentRule: which origins may be cached, and how their objects are named, kept and fetched.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/address.h"
#include "origin/path_pattern.h"

namespace larder::origin {

/// How a rule's origins are asked. kAsClient: https for a client that came by TLS, else http, so that an object
/// fetched without protection is never given to a client that asked for protection.
enum class UpstreamScheme { kAsClient, kHttp, kHttps };

struct ContentRule {
  std::string name;

  /// "dl.example.com", or "*.example.com" for example.com itself and every name below it.
  std::vector<std::string> hosts;
  /// The hosts hold the same files under the same paths: what was fetched from one is served for all.
  bool shared_name = false;
  /// Whether /a?x=1 and /a?x=2 are different objects. False where queries carry signatures or client numbers.
  bool query_in_key = true;

  /// Where content never changes under its name: a path has one content for ever, and another ETag or Last-Modified is
  /// what another server of the origin says of the same bytes (docs/decisions/0012-content-that-never-changes.md).
  std::vector<PathPattern> immutable;
  /// Where content changes under its name all the same: neither `immutable` nor `fresh` counts there.
  std::vector<PathPattern> changing;

  /// How long an object is used without asking its origin again; nothing: as the origin says.
  std::optional<std::chrono::milliseconds> fresh;
  /// False: Vary, no-store and private do not keep an object out of the cache (for files that are public and never
  /// change).
  bool honour_no_store = true;

  UpstreamScheme scheme = UpstreamScheme::kAsClient;
  /// Nothing: 80 or 443, as the scheme says.
  std::optional<std::uint16_t> port;
  /// Where origins named by address may lie, and special addresses (private, loopback, ...) that names may resolve to.
  std::vector<net::Prefix> allowed_networks;

  /// Whether the content of `path` (Target::path()) never changes under its name.
  bool never_changes(std::string_view path) const {
    return any_matches(immutable, path) && !any_matches(changing, path);
  }
  /// How long what lies at `path` is used without asking its origin again; nothing: as the origin says.
  std::optional<std::chrono::milliseconds> fresh_for(std::string_view path) const {
    return any_matches(changing, path) ? std::nullopt : fresh;
  }

  /// The port that this rule's origins are asked on.
  std::uint16_t port_for(bool tls) const { return port.value_or(tls ? 443 : 80); }
  bool allows_network_of(const net::IpAddress& address) const {
    return std::ranges::any_of(allowed_networks, [&](const net::Prefix& prefix) { return prefix.contains(address); });
  }
  /// Whether an origin may have this address. Without this check a name whose owner points it at 127.0.0.1 or 10.0.0.1
  /// would open the operator's network to clients.
  bool may_ask(const net::IpAddress& address) const { return address.is_public() || allows_network_of(address); }
};

}  // namespace larder::origin
