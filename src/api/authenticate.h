// authenticate(), identify(): who sent this request, by bearer token or session cookie.
#pragma once

#include <optional>

#include "api/call.h"

namespace larder::api {

/// nullopt: the request carries no credentials. Errors: kUnauthenticated (they are wrong or have expired), kCsrf.
ledger::Result<std::optional<identity::Principal>> authenticate(const Services& services, const Request& request);

/// The same once more, of a request that was authenticated: who sent it, as far as that still holds in `transaction`.
/// Errors: kUnauthenticated (it was revoked since).
ledger::Result<std::optional<identity::Principal>> identify(const Services& services,
                                                            database::Transaction& transaction, const Request& request);

}  // namespace larder::api
