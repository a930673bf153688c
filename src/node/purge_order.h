// PurgeOrder: what a request asks to be purged.
//
// Threads    pure functions.
// Source     docs/formats/control-socket.md.
#pragma once

#include <string_view>

#include "cache/purge.h"
#include "core/result.h"
#include "http/request_head.h"

namespace larder::node {

/// The body of a request. Of kUrl, the value is the URL as it was written. Problems: 400.
Result<cache::Purge, http::HeadProblem> parse_purge_order(std::string_view body);

}  // namespace larder::node
