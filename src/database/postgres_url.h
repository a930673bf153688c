// PostgresUrl: where a PostgreSQL database is, and what of that may be said.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace larder::database {

struct PostgresUrl {
  std::string url;                   // for libpq; may hold passwords
  std::string name;                  // for people: "postgresql://user@host:port/database"
  std::vector<std::string> secrets;  // passwords in it

  /// `text` without the passwords, its first line only: libpq's messages have several.
  std::string clean(std::string_view text) const;
};

/// Errors: kInvalid, without a password that may be in it.
Result<PostgresUrl> parse_postgres_url(const std::string& url);

}  // namespace larder::database
