// migrate(): brings a database to the schema of this program.
//
// Steps are numbered from 1 and never change once released. They run under a lock, so that several portals may start at
// once, each step in a transaction of its own together with the note that it was done.
#pragma once

#include <span>
#include <string_view>

#include "core/result.h"
#include "database/database.h"

namespace larder::database {

struct Migration {
  int version;            // 1, 2, ... without gaps
  std::string_view name;  // "organisations"
  std::string_view sql;   // statements, each ending in ";" at the end of a line; one of a single kind of database has a
                          // line "-- sqlite:" or "-- postgresql:" before it
};

/// Whether `steps`, rows of version and name in the order of versions, are steps of ours.
/// Errors: kRefused (more than we know), kCorrupt (others).
Result<> check_steps(const Rows& steps, std::span<const Migration> migrations);

/// The version that `database` is at; 0 for an empty one.
Result<int> schema_version(Database& database);

/// Runs what is missing, up to `target` (0: all). Returns the version it found.
/// Errors: kRefused (the database is newer than this program), kCorrupt (steps were done that we do not know), others.
Result<int> migrate(Database& database, std::span<const Migration> migrations, int target = 0);

}  // namespace larder::database
