// The answer that shows an invitation's token, this once.
#pragma once

#include <boost/json/object.hpp>

#include "api/call.h"
#include "tenancy/invitations.h"

namespace larder::endpoints {

boost::json::object new_invitation_json(const api::Call& call, const tenancy::NewInvitation& made);

}  // namespace larder::endpoints
