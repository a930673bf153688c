// The object Session of the API: who is signed in, with which roles and scopes.
#pragma once

#include <boost/json/object.hpp>

#include "api/call.h"
#include "portal/sessions.h"

namespace larder::api {

/// Of the caller of a request.
portal::Result<boost::json::object> session_json(database::Transaction& transaction,
                                                 const portal::Principal& principal);
/// Of a session that was started just now.
portal::Result<boost::json::object> new_session_json(database::Transaction& transaction,
                                                     const portal::Session& session);

portal::Client client_of(const Request& request);

}  // namespace larder::api
