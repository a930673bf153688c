// The answer that shows an invitation's token, this once.
#pragma once

#include <boost/json/object.hpp>

#include "api/call.h"
#include "portal/invitations.h"

namespace larder::api {

boost::json::object new_invitation_json(const Call& call, const portal::NewInvitation& made);

}  // namespace larder::api
