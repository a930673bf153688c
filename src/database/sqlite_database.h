// SqliteDatabase: Database on an SQLite file, or in memory.
//
// One connection writes, others read beside it (write-ahead log). In memory there is one connection for everything.
// A file that was removed or replaced meanwhile is found out before each transaction: the open connections would go on
// in the old one, which nobody finds again.
//
// Crash      synchronous=FULL: a commit is on the disk when write() returns.
#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>

#include "database/database.h"
#include "database/file_lock.h"
#include "database/local_feed.h"
#include "database/pool.h"
#include "database/sqlite_connection.h"

namespace larder::database {

class SqliteDatabase final : public Database {
 public:
  static constexpr std::string_view kScheme = "sqlite:";
  static constexpr std::string_view kMemory = ":memory:";

  /// The file that "sqlite:/folder/file.db" means, or kMemory. Errors: kInvalid.
  static Result<std::string> file_of(const std::string& url);
  static Result<std::unique_ptr<Database>> open(const std::string& url, const Options& options);

  ChangeFeed& changes() override { return feed_; }
  bool is_postgres() const override { return false; }
  Result<> backup(const std::string& to) override;

 protected:
  Result<> run_transaction(Mode mode, const std::function<bool(Transaction&)>& work) override;

 private:
  using Connections = Pool<SqliteConnection>;
  struct FileId {
    dev_t device = 0;
    ino_t number = 0;
    friend bool operator==(const FileId&, const FileId&) = default;
  };

  SqliteDatabase(std::string file, std::optional<FileLock> lock, const FileId& id, const Options& options);
  static Result<FileId> id_of(const std::string& file);
  bool in_memory() const { return file_ == kMemory; }
  /// Errors: kUnavailable (another file has its name, or none).
  Result<> check_file() const;
  /// A connection for `mode`, which is open.
  Result<Connections::Lease> connect(Mode mode);
  Result<std::unique_ptr<SqliteConnection>> open_connection(Mode mode) const;

  const std::string file_;
  const std::optional<FileLock> lock_;
  const Options options_;
  FileId file_id_;
  Connections writer_;
  Connections readers_;
  LocalFeed feed_;
};

}  // namespace larder::database
