// The seal of a browser's secret (known_places.h): it tells a cookie that a portal of this database made from one that
// somebody made up, without a look into the database. Whoever floods a portal has no such cookie, so that requests with
// one need not share what a flood uses up.
//
// Threads    any.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "database/database.h"
#include "ledger/problem.h"

namespace larder::identity {

/// The key of all portals of this database, made by the first one that asks. Errors: kUnavailable.
ledger::Result<std::string> seal_key(database::Database& database);

/// `secret`, a dot, and its seal.
std::string sealed(std::string_view key, std::string_view secret);

/// The secret of what sealed() made with this key; nullopt: it is something else.
std::optional<std::string> unsealed(std::string_view key, std::string_view text);

/// The secret of a text that may be sealed, whatever its seal is worth.
std::string_view without_seal(std::string_view text);

}  // namespace larder::identity
