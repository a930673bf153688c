// Copies of SQLite databases: making, checking and restoring them.
//
// Source     docs/decisions/0008-one-database-interface.md
#pragma once

#include <memory>
#include <span>
#include <string>

#include "core/result.h"
#include "database/migrate.h"
#include "database/sqlite_connection.h"

namespace larder::database {

/// Copies one state of a database, which others may change meanwhile, into the file `to` (0600), which needs no other
/// file beside it; what root copies belongs to the owner of the file `database`. Nothing is left of a copy that fails.
/// Errors: kConflict (`to` is there already), kNoSpace, kCorrupt.
Result<> copy_database(SqliteConnection& from, const std::string& to, const std::string& database);

/// Reads all of the SQLite database `file`: are its pages, indexes and references whole? Changes nothing.
/// Errors: kCorrupt (what is wrong, and where), kNotFound and others of opening it.
Result<> check_copy(const std::string& file);

// CheckedSqlite: a database that was read as a whole and found good, and the version of its schema.
struct CheckedSqlite {
  std::unique_ptr<SqliteConnection> connection;  // to read
  int version = 0;
};
/// Errors: kCorrupt, kRefused (a newer schema, or none of `migrations`), kNotFound and others of opening it.
Result<CheckedSqlite> open_checked(const std::string& file, std::span<const Migration> migrations);

/// Puts the state that the SQLite database `from` holds in the place of the database `file`, or of none. `from` is
/// checked first, and its schema must be made of the first ones of `migrations`, the program's. Returns its version.
/// Errors: kConflict (a program has `file` open), kRefused (a newer schema, or none of ours), kCorrupt, kNoSpace,
/// kNotFound. What root restores belongs to whom `file` belonged, or if it was not there, to the owner of its folder.
/// Crash: `file` holds either what it did or what `from` does.
Result<int> restore(const std::string& from, const std::string& file, std::span<const Migration> migrations);

}  // namespace larder::database
