// ask_node(): one request to a running node over its control socket, and its answer.
//
// Threads    any; blocks.
// Source     docs/formats/control-socket.md.
#pragma once

#include <string>
#include <string_view>

#include "core/result.h"

namespace larder::node {

struct CtlRequest {
  std::string method;
  std::string target;  // path and query
  std::string body;    // JSON; "": none
};

struct CtlResponse {
  int status = 0;
  std::string body;
};

/// Errors, each with what was tried and what would be right: kNotFound (no socket), kRefused (no permission), kTimeout,
/// kUnavailable (nobody listens, or it broke off), kCorrupt (no HTTP).
Result<CtlResponse> ask_node(const std::string& socket, const CtlRequest& request);

/// The whole of what came. Errors: kCorrupt.
Result<CtlResponse> parse_ctl_response(std::string_view bytes);

}  // namespace larder::node
