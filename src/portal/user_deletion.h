// Deleting a user, with what they are in organisations.
//
// The last enabled administrator stays, and so does the last owner of an organisation, which could not be put right
// from inside; disabling an owner is always possible, for it is what one does in haste.
#pragma once

#include <string>

#include "core/clock.h"
#include "database/database.h"
#include "portal/actor.h"
#include "portal/problem.h"

namespace larder::portal {

/// Errors: kNotFound, kConflict (the last enabled administrator, the last owner of an organisation).
Result<> delete_user(database::Transaction& transaction, WallTime now, const Actor& actor, const std::string& id);

}  // namespace larder::portal
