#include "database/database.h"

#include "database/postgres_database.h"
#include "database/sqlite_database.h"

namespace larder::database {

Result<std::unique_ptr<Database>> Database::open(const std::string& url, Options options, Log& log) {
  if (url.starts_with(SqliteDatabase::kScheme)) return SqliteDatabase::open(url, options);
  if (url.starts_with("postgresql://") || url.starts_with("postgres://")) {
    return PostgresDatabase::open(url, options, log);
  }
  // The rest of it may hold a password.
  return fail(Errc::kInvalid,
              "'{}...' is no database URL: it would be sqlite:/folder/file.db or postgresql://user@host/name",
              url.substr(0, url.find(':') + 1));
}

}  // namespace larder::database
