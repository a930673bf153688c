// authenticate(): who sent this request, by bearer token or session cookie.
#pragma once

#include <optional>

#include "api/call.h"

namespace larder::api {

/// nullopt: the request carries no credentials. Errors: kUnauthenticated (they are wrong or have expired), kCsrf.
portal::Result<std::optional<portal::Principal>> authenticate(const Services& services, const Request& request);

}  // namespace larder::api
