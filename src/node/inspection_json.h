// What a node knows of a URL, as JSON for whoever asks (docs/formats/control-socket.md).
//
// Threads    pure functions.
#pragma once

#include <string>
#include <string_view>

#include "cache/inspection.h"
#include "http/request_head.h"
#include "origin/target.h"

namespace larder::node {

std::string to_json(std::string_view url, const origin::Target& target, const cache::Inspection& seen, Moment now);

/// Of a URL that the node serves nobody.
std::string refused_to_json(std::string_view url, const http::HeadProblem& problem);

/// Why it is fresh or not, in words.
std::string freshness_text(const cache::Inspection& seen, std::string_view rule);

}  // namespace larder::node
