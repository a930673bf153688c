// Problems of HTTP rather than of the API, as responses with problem+json.
#pragma once

#include <string>

#include "api/call.h"
#include "http/request_head.h"

namespace larder::api {

/// 503, to be tried again soon.
Response busy(std::string detail, int retry_after_s = 1);

/// 403: it came in the clear from another machine.
Response insecure();

/// What is wrong with a head or a body.
Response problem_of(const http::HeadProblem& problem);

}  // namespace larder::api
