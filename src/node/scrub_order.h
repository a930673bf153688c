// ScrubOrder: what a request to read drives back asks for.
//
// Threads    pure functions.
// Source     docs/formats/control-socket.md.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.h"
#include "http/request_head.h"

namespace larder::node {

struct ScrubOrder {
  std::string drive;       // its path; "": all
  std::uint64_t rate = 0;  // bytes a second; 0: as it is configured
};

/// The body of a request; "": nothing in particular. Problems: 400.
Result<ScrubOrder, http::HeadProblem> parse_scrub_order(std::string_view body);

}  // namespace larder::node
