// parse_url_target(): what a request for a URL would ask for, for people who name one.
//
// Threads    pure function.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "core/result.h"
#include "http/request_head.h"
#include "origin/target.h"

namespace larder::origin {

/// Of a URL as clients of a node send it (http://node/path?cacheHostOrigin=host, or only /path?cacheHostOrigin=host) or
/// as its origin has it (http://host/path, or only host/path); https: for clients that come by TLS. A fragment is left
/// out. Refusals: parse_target()'s, and 400 for what no request can ask for.
Result<Target, http::HeadProblem> parse_url_target(std::string_view url, const RuleSet& rules,
                                                   std::span<const std::string> own_names = {});

}  // namespace larder::origin
