// "Prefer: wait=30" (RFC 7240): a client that would rather wait for a change than be told that there is none.
#pragma once

#include <optional>

#include "api/call.h"

namespace larder::api {

constexpr int kLongestWait_s = 60;

/// The seconds that the client would wait, at most kLongestWait_s; nullopt: it does not want to wait.
std::optional<int> wait_of(const Request& request);

}  // namespace larder::api
