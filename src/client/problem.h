// Problems: answers of a portal that are no success, read as Failures (RFC 9457; docs/api/problems.md).
#pragma once

#include <string_view>

#include "client/failure.h"
#include "client/http.h"

namespace larder::client {

/// Why the portal did not do it. `portal`: its address, for the text.
Failure failure_of(const HttpResponse& response, std::string_view portal);

}  // namespace larder::client
