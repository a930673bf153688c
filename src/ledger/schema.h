// The portal's tables: the migrations of src/ledger/schema/, in order. A step that was released is never changed;
// a new one is added.
#pragma once

#include <span>

#include "database/migrate.h"

namespace larder::ledger {

std::span<const database::Migration> migrations();

}  // namespace larder::ledger
