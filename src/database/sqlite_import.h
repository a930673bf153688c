// import_sqlite(): moves what an SQLite database holds into another database, of any kind.
//
// Source     docs/decisions/0008-one-database-interface.md
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

#include "core/result.h"
#include "database/database.h"
#include "database/migrate.h"

namespace larder::database {

/// Brings `to` to the schema that `migrations` end with, and copies all rows of the SQLite database `from` into it.
/// `from` is checked first and not changed. `empty`: tables that have rows as soon as somebody uses a database.
/// Returns the number of rows. Errors: kConflict (a program has `from` open, or `to` is in use: a table of `empty` has
/// rows), kRefused (`from` is not of this schema), kCorrupt, kNotFound, and those of `to`.
/// Crash: all rows are there, or none.
Result<std::int64_t> import_sqlite(const std::string& from, Database& to, std::span<const Migration> migrations,
                                   std::initializer_list<std::string_view> empty);

}  // namespace larder::database
