// The object Session of the API: who is signed in, with which roles and scopes.
#pragma once

#include <boost/json/object.hpp>

#include "api/call.h"
#include "identity/sessions.h"

namespace larder::endpoints {

/// Of the caller of a request.
ledger::Result<boost::json::object> session_json(database::Transaction& transaction,
                                                 const identity::Principal& principal);
/// Of a session that was started just now.
ledger::Result<boost::json::object> new_session_json(database::Transaction& transaction,
                                                     const identity::Session& session);

identity::Client client_of(const api::Request& request);

}  // namespace larder::endpoints
