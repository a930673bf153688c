// Target: what a request asks for: which origin, what of it, and under which key it is cached.
//
// Delivery Optimization clients name the origin in a query item, `cacheHostOrigin`, which may stand anywhere and is
// taken out; the rest of the query goes upstream byte for byte. Without it the Host line counts, then the
// request line's own authority. Only origins that a content rule names are ever asked.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "core/result.h"
#include "http/request_head.h"
#include "origin/object_id.h"
#include "origin/rule_set.h"

namespace larder::origin {

struct Target {
  const ContentRule* rule = nullptr;  // valid as long as the RuleSet it came from
  std::string host;                   // as in Authority
  std::uint16_t port = 0;
  bool tls = false;            // how the origin is asked
  std::string path_and_query;  // what goes upstream
  UrlKey key{};

  /// Of path_and_query; what the rule's path patterns are compared with.
  std::string_view path() const { return std::string_view(path_and_query).substr(0, path_and_query.find('?')); }
};

/// Refusals: 400 an origin that is malformed (user information, no name), 403 an origin that no rule names, 502 what
/// its origin is not asked for (".." or an incomplete escape in the path, a port that the rule does not name), 404 the
/// request names this node (by address, "localhost", a name without dots or one of `own_names`, which may also be
/// addresses and are in Authority's form) and no origin.
Result<Target, http::HeadProblem> parse_target(const http::RequestHead& head, bool client_is_tls, const RuleSet& rules,
                                               std::span<const std::string> own_names = {});

/// Where a redirect of `from` leads; nothing if no rule allows that, if it gives up TLS, or if it is malformed.
/// The key stays that of the URL that the client asked for.
std::optional<Target> redirect_target(const Target& from, std::string_view location, const RuleSet& rules);

}  // namespace larder::origin
