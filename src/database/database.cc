#include "database/database.h"

#include "database/sqlite_database.h"

namespace larder::database {

Result<std::unique_ptr<Database>> Database::open(const std::string& url, Options options, Log& log) {
  const auto scheme = url.substr(0, url.find(':') + 1);
  if (scheme == "sqlite:") return SqliteDatabase::open(url.substr(scheme.size()), options, log);
  // The rest of it may hold a password.
  return fail(Errc::kInvalid, "'{}...' is no database URL: it starts with sqlite: or postgresql:", scheme);
}

}  // namespace larder::database
