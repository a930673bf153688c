#include "database/sqlite_copy.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <memory>
#include <optional>
#include <utility>

#include "database/file_lock.h"
#include "database/owned_file.h"

namespace larder::database {
namespace {

constexpr auto kPatience = std::chrono::minutes(10);  // a check reads the whole database
constexpr int kPagesAtATime = 1024;

// PartialFile: a new file that is removed again unless it is kept.
class PartialFile {
 public:
  explicit PartialFile(std::string path) : path_(std::move(path)) {}
  static Result<PartialFile> make(const std::string& path, const std::string& database) {
    TRY_VOID(make_owned_file(path, database));
    return PartialFile(path);
  }
  ~PartialFile() {
    if (!path_) return;
    for (const char* suffix : {"", "-journal", "-wal", "-shm"}) ::unlink((*path_ + suffix).c_str());
  }
  PartialFile(PartialFile&& other) noexcept : path_(std::exchange(other.path_, std::nullopt)) {}
  PartialFile& operator=(PartialFile&&) = delete;

  void keep() { path_.reset(); }

 private:
  std::optional<std::string> path_;
};

// A name in a folder is on the disk when the folder is.
Result<> sync_folder_of(const std::string& path) {
  const std::string folder = path.substr(0, path.find_last_of('/') + 1);
  const int descriptor = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return fail_errno(errno, folder);
  const int synced = ::fsync(descriptor);
  const int why = errno;
  ::close(descriptor);
  if (synced != 0) return fail_errno(why, folder);
  return {};
}

struct Finish {
  void operator()(::sqlite3_backup* backup) const { ::sqlite3_backup_finish(backup); }
};

Result<> copy_pages(SqliteConnection& from, SqliteConnection& to) {
  std::unique_ptr<::sqlite3_backup, Finish> backup(::sqlite3_backup_init(to.handle(), "main", from.handle(), "main"));
  if (!backup) return std::unexpected(to.error(::sqlite3_extended_errcode(to.handle())));
  int code = SQLITE_OK;
  while (code == SQLITE_OK) code = ::sqlite3_backup_step(backup.get(), kPagesAtATime);
  code = ::sqlite3_backup_finish(backup.release());
  if (code == SQLITE_OK) return {};
  const bool source = (code & 0xff) == SQLITE_CORRUPT || (code & 0xff) == SQLITE_NOTADB;
  return std::unexpected((source ? from : to).error(code));
}

Result<std::unique_ptr<SqliteConnection>> open_to_read(const std::string& file) {
  struct ::stat found = {};
  if (::stat(file.c_str(), &found) != 0) return fail_errno(errno, file);
  if (found.st_size == 0) return fail(Errc::kCorrupt, "{}: an empty file is no database", file);
  return SqliteConnection::open(file, SQLITE_OPEN_READONLY, kPatience);
}

Result<> check_connection(SqliteConnection& connection, const std::string& file) {
  TRY(const Rows integrity, connection.run("PRAGMA integrity_check(3)", {}));
  if (integrity.size() != 1 || integrity[0].text(0) != "ok") {
    std::string found;
    for (const Row& row : integrity) found += (found.empty() ? "" : "; ") + row.text(0);
    return fail(Errc::kCorrupt, "{}: the database is damaged: {}", file, found);
  }
  TRY(const Rows orphans, connection.run("SELECT \"table\", \"parent\", COUNT(*) FROM pragma_foreign_key_check "
                                         "GROUP BY 1, 2",
                                         {}));
  if (orphans.empty()) return {};
  return fail(Errc::kCorrupt, "{}: {} rows of {} refer to rows of {} that are not there", file, orphans[0].number(2),
              orphans[0].text(0), orphans[0].text(1));
}

Result<int> version_of(SqliteConnection& connection, const std::string& file, std::span<const Migration> migrations) {
  const auto steps = connection.run("SELECT version, name FROM schema_migration ORDER BY version", {});
  if (!steps || steps->empty()) return fail(Errc::kRefused, "{}: it is no database of larder-portal", file);
  auto known = check_steps(*steps, migrations);
  if (!known) return fail(known.error().code, "{}: {}", file, known.error().text);
  return static_cast<int>((*steps)[steps->size() - 1].number(0));
}

// The files beside a database belong to it and to no other: SQLite would replay them into its successor.
Result<> remove_companions(const std::string& file) {
  if (auto old = SqliteConnection::open(file, SQLITE_OPEN_READWRITE, kPatience)) {
    // Brings the log into the file, so that it is whole until it is replaced; one that is damaged may not do it.
    (void)(*old)->execute("PRAGMA journal_mode = DELETE");
  }
  for (const char* suffix : {"-journal", "-wal", "-shm"}) {
    if (::unlink((file + suffix).c_str()) != 0 && errno != ENOENT) return fail_errno(errno, file + suffix);
  }
  return sync_folder_of(file);
}

}  // namespace

Result<> copy_database(SqliteConnection& from, const std::string& to, const std::string& database) {
  TRY(PartialFile file, PartialFile::make(to, database));
  TRY(const auto copy, SqliteConnection::open(to, SQLITE_OPEN_READWRITE, kPatience));
  // Pinned to one state, or every change by others would start the copy again.
  TRY_VOID(from.execute("BEGIN"));
  auto copied = from.execute("SELECT COUNT(*) FROM sqlite_master");
  if (copied) copied = copy_pages(from, *copy);
  (void)from.execute("ROLLBACK");
  TRY_VOID(std::move(copied));
  TRY_VOID(copy->execute("PRAGMA journal_mode = DELETE"));  // it is a file for itself now
  TRY_VOID(sync_folder_of(to));
  file.keep();
  return {};
}

Result<> check_copy(const std::string& file) {
  TRY(const auto connection, open_to_read(file));
  return check_connection(*connection, file);
}

Result<CheckedSqlite> open_checked(const std::string& file, std::span<const Migration> migrations) {
  CheckedSqlite checked;
  TRY(checked.connection, open_to_read(file));
  TRY_VOID(check_connection(*checked.connection, file));
  TRY(checked.version, version_of(*checked.connection, file, migrations));
  return checked;
}

Result<int> restore(const std::string& from, const std::string& file, std::span<const Migration> migrations) {
  TRY(const FileLock lock, FileLock::take(file, FileLock::Mode::kAlone));
  const std::string aside = file + ".restoring";
  if (::unlink(aside.c_str()) != 0 && errno != ENOENT) return fail_errno(errno, aside);
  {
    TRY(const auto source, open_to_read(from));
    TRY_VOID(copy_database(*source, aside, file));
  }
  PartialFile partial(aside);
  int version = 0;
  {
    TRY(const auto copy, open_to_read(aside));
    TRY_VOID(check_connection(*copy, from));
    TRY(version, version_of(*copy, from, migrations));
  }
  TRY_VOID(remove_companions(file));
  if (::rename(aside.c_str(), file.c_str()) != 0) return fail_errno(errno, file);
  partial.keep();
  TRY_VOID(sync_folder_of(file));
  return version;
}

}  // namespace larder::database
