// PostgresDatabase: Database on a PostgreSQL server.
//
// Writes are serializable: those that the server refuses because of others are run again, a bounded number of times.
// Reads see the state at their first statement.
//
// Crash      a commit whose answer was lost is an error, and is not tried again: it may have been kept.
#pragma once

#include <memory>
#include <string>

#include "database/database.h"
#include "database/pool.h"
#include "database/postgres_connection.h"
#include "database/postgres_feed.h"
#include "database/postgres_server.h"

namespace larder::database {

class PostgresDatabase final : public Database {
 public:
  static constexpr int kRuns = 20;  // of one transaction

  static Result<std::unique_ptr<Database>> open(const std::string& url, const Options& options, Log& log);

  ChangeFeed& changes() override { return *feed_; }
  bool is_postgres() const override { return true; }
  Result<> backup(const std::string& to) override;

 protected:
  Result<> run_transaction(Mode mode, const std::function<bool(Transaction&)>& work) override;

 private:
  PostgresDatabase(PostgresUrl url, const Options& options, Log& log);
  /// Whether it ended well matters only if `connection` wants no other run.
  Result<> run_once(PostgresConnection& connection, Mode mode, const std::function<bool(Transaction&)>& work);
  /// Begins a transaction on `connection`, which is made anew if it is none or turns out to be dead.
  Result<> begin(std::unique_ptr<PostgresConnection>& connection, Mode mode);

  const Options options_;
  PostgresServer server_;
  Pool<PostgresConnection> connections_;
  std::unique_ptr<PostgresFeed> feed_;
};

}  // namespace larder::database
