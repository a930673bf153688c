// clean_up(): removes what has run out and will not be looked at again: sessions, codes, kept answers, old attempts.
#pragma once

#include <cstdint>

#include "core/clock.h"
#include "database/database.h"
#include "ledger/problem.h"

namespace larder::portal {

/// Returns how many rows went.
ledger::Result<std::int64_t> clean_up(database::Transaction& transaction, WallTime now);

}  // namespace larder::portal
