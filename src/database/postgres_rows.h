// Values and rows as PostgreSQL has them.
#pragma once

#include <libpq-fe.h>

#include "core/result.h"
#include "database/value.h"

namespace larder::database {

inline constexpr ::Oid kBigintType = 20;
inline constexpr ::Oid kTextType = 25;
inline constexpr ::Oid kOpenType = 0;  // the server infers it

/// Errors: kInvalid (a column is neither a whole number, a truth nor a text).
Result<Rows> rows_of(const ::PGresult* result);

}  // namespace larder::database
