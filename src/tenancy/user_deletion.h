// Deleting a user, with what they are in organisations.
//
// The last enabled administrator stays, and so does the last owner of an organisation, which could not be put right
// from inside; disabling an owner is always possible, for it is what one does in haste.
#pragma once

#include <string>

#include "core/clock.h"
#include "database/database.h"
#include "ledger/actor.h"
#include "ledger/problem.h"

namespace larder::tenancy {

/// Errors: kNotFound, kConflict (the last enabled administrator, the last owner of an organisation).
ledger::Result<> delete_user(database::Transaction& transaction, WallTime now, const ledger::Actor& actor,
                             const std::string& id);

}  // namespace larder::tenancy
