#include "database/database.h"

#include "database/postgres_database.h"
#include "database/sqlite_database.h"

namespace larder::database {

Result<std::unique_ptr<Database>> Database::open(const std::string& url, Options options, Log& log) {
  const std::string scheme = url.substr(0, url.find(':') + 1);
  if (scheme == "sqlite:") return SqliteDatabase::open(url.substr(scheme.size()), options, log);
  if (url.starts_with("postgresql://") || url.starts_with("postgres://")) {
    return PostgresDatabase::open(url, options, log);
  }
  // The rest of it may hold a password.
  return fail(Errc::kInvalid,
              "'{}...' is no database URL: it would be sqlite:/folder/file.db or postgresql://user@host/name", scheme);
}

}  // namespace larder::database
