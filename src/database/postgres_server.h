// PostgresServer: makes connections to a PostgreSQL server, and says once in the log that it is lost or found again.
//
// Threads    any.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string_view>
#include <utility>

#include "core/log.h"
#include "core/result.h"
#include "database/postgres_connection.h"
#include "database/postgres_url.h"

namespace larder::database {

class PostgresServer {
 public:
  PostgresServer(PostgresUrl url, std::chrono::milliseconds patience, Log& log)
      : url_(std::move(url)), patience_(patience), log_(log) {}

  /// Errors: kUnavailable, kRefused.
  Result<std::unique_ptr<PostgresConnection>> connect();
  void note_lost(std::string_view why);
  const std::string& name() const { return url_.name; }

 private:
  const PostgresUrl url_;
  const std::chrono::milliseconds patience_;
  Log& log_;
  std::atomic<bool> lost_ = false;
};

}  // namespace larder::database
