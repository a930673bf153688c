// The portal's tables: the migrations of src/portal/schema/, in order. A step that was released is never changed;
// a new one is added.
#pragma once

#include <span>

#include "database/migrate.h"

namespace larder::portal {

std::span<const database::Migration> migrations();

}  // namespace larder::portal
