#include "database/sqlite_database.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <thread>
#include <utility>

#include "core/clock.h"
#include "database/driver_transaction.h"
#include "database/owned_file.h"
#include "database/sqlite_copy.h"

namespace larder::database {
namespace {

// There is one writer at a time: numbers without gaps, in the order of commits.
constexpr std::string_view kLog =
    "INSERT INTO change (seq, tag, kind, object_id, organisation_id)"
    " SELECT COALESCE(MAX(seq), 0) + 1, lower(hex(randomblob(16))), $1, $2, $3 FROM change";

class SqliteTransaction final : public DriverTransaction {
 public:
  explicit SqliteTransaction(SqliteConnection& connection) : connection_(connection) {}
  ~SqliteTransaction() override {
    if (connection_.in_transaction()) (void)connection_.execute("ROLLBACK");
  }

  void confirm(std::string_view, const RowKey&) override {}  // there is one writer at a time
  std::string list(std::string_view placeholder) const override {
    return fmt::format("(SELECT value FROM json_each({}))", placeholder);
  }
  Result<> commit() {
    for (const LoggedChange& change : logged()) {
      TRY_VOID(run(kLog, {change.kind, change.id, change.organisation}));
    }
    return connection_.execute("COMMIT");
  }
  using DriverTransaction::announcements;

 protected:
  Result<Rows> run_statement(std::string_view sql, std::span<const Value> values) override {
    return connection_.run(sql, values);
  }

 private:
  SqliteConnection& connection_;
};

// SQLite makes files that all may read, so the file is made here.
Result<> make_file(const std::string& file) {
  TRY_VOID(open_owned_file(file, file));
  return {};
}

// Two that turn it on at once get in each other's way, and SQLite does not wait for this lock by itself.
Result<> turn_on_wal(SqliteConnection& connection, std::chrono::milliseconds patience) {
  const auto give_up = SystemClock().now() + patience;
  for (;;) {
    auto done = connection.execute("PRAGMA journal_mode = WAL");
    const bool locked = !done && (done.error().code == Errc::kUnavailable || done.error().code == Errc::kTimeout);
    if (!locked || SystemClock().now() > give_up) return done;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

}  // namespace

Result<std::string> SqliteDatabase::file_of(const std::string& url) {
  const std::string file = url.starts_with(kScheme) ? url.substr(kScheme.size()) : "";
  if (file == kMemory) return file;
  const bool is_path = file.starts_with('/') && (!file.starts_with("//") || file.starts_with("///"));
  if (is_path && !file.ends_with('/')) return file;
  return fail(Errc::kInvalid, "'{}' is no URL of an SQLite database: it would be sqlite:/folder/file.db", url);
}

Result<std::unique_ptr<Database>> SqliteDatabase::open(const std::string& url, const Options& options) {
  TRY(std::string file, file_of(url));
  std::optional<FileLock> lock;
  FileId id;
  if (file != kMemory) {
    TRY(FileLock taken, FileLock::take(file, FileLock::Mode::kShared));
    lock.emplace(std::move(taken));
    TRY_VOID(make_file(file));
    TRY(id, id_of(file));
  }
  std::unique_ptr<SqliteDatabase> database(new SqliteDatabase(std::move(file), std::move(lock), id, options));
  TRY(const auto writer, database->connect(Mode::kWrite));
  TRY_VOID(writer.connection->execute("SELECT COUNT(*) FROM sqlite_master"));  // reads the file: is it a database?
  return std::unique_ptr<Database>(std::move(database));
}

SqliteDatabase::SqliteDatabase(std::string file, std::optional<FileLock> lock, const FileId& id, const Options& options)
    : file_(std::move(file)),
      lock_(std::move(lock)),
      options_(options),
      file_id_(id),
      writer_(1),
      readers_(std::max<std::size_t>(options.connections, 1)) {}

Result<SqliteDatabase::FileId> SqliteDatabase::id_of(const std::string& file) {
  struct ::stat found = {};
  if (::stat(file.c_str(), &found) != 0) return fail_errno(errno, file);
  return FileId{found.st_dev, found.st_ino};
}

Result<> SqliteDatabase::check_file() const {
  if (in_memory()) return {};
  const auto id = id_of(file_);
  if (id && *id == file_id_) return {};
  return fail(Errc::kUnavailable,
              "{}: the file was {} while it was in use; bring it back, or restart the program on "
              "what is there now",
              file_, id ? "replaced" : "removed");
}

Result<std::unique_ptr<SqliteConnection>> SqliteDatabase::open_connection(Mode mode) const {
  TRY(auto connection, SqliteConnection::open(file_, SQLITE_OPEN_READWRITE, options_.patience));
  if (!in_memory()) {
    TRY_VOID(turn_on_wal(*connection, options_.patience));
    TRY_VOID(connection->execute("PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864"));
    if (mode == Mode::kRead) {
      TRY_VOID(connection->execute("PRAGMA query_only = ON"));
    }
  }
  return connection;
}

Result<SqliteDatabase::Connections::Lease> SqliteDatabase::connect(Mode mode) {
  TRY_VOID(check_file());
  Connections& pool = mode == Mode::kRead && !in_memory() ? readers_ : writer_;
  TRY(auto lease, pool.take(options_.patience));
  if (!lease.connection) {
    TRY(lease.connection, open_connection(mode));
  }
  return lease;
}

Result<> SqliteDatabase::run_transaction(Mode mode, const std::function<bool(Transaction&)>& work) {
  TRY(auto lease, connect(mode));
  SqliteConnection& connection = *lease.connection;
  if (in_memory()) {
    TRY_VOID(connection.execute(mode == Mode::kRead ? "PRAGMA query_only = ON" : "PRAGMA query_only = OFF"));
  }
  TRY_VOID(connection.execute(mode == Mode::kRead ? "BEGIN" : "BEGIN IMMEDIATE"));
  SqliteTransaction transaction(connection);
  if (!work(transaction)) return {};
  if (const auto& failure = transaction.failure()) return std::unexpected(*failure);
  if (mode == Mode::kRead) return {};
  TRY_VOID(transaction.commit());
  feed_.publish(transaction.announcements());
  return {};
}

Result<> SqliteDatabase::backup(const std::string& to) {
  TRY(auto lease, connect(Mode::kRead));
  TRY_VOID(copy_database(*lease.connection, to, in_memory() ? "" : file_));
  auto checked = check_copy(to);
  if (!checked) ::unlink(to.c_str());
  return checked;
}

}  // namespace larder::database
