// Finds requests that this node has sent itself, straight or through others.
//
// Source     RFC 8586 (CDN-Loop), RFC 9110 7.6.3 (Via)
#pragma once

#include <string>
#include <string_view>

#include "http/request_head.h"

namespace larder::origin {

/// "larder-<node id>": what a node calls itself in Via and CDN-Loop.
std::string node_pseudonym(std::string_view node_id);

/// True if `head` has passed through the node `node_id` before: the answer is 508.
bool is_loop(const http::RequestHead& head, std::string_view node_id);

}  // namespace larder::origin
