#include "database/sqlite_connection.h"

#include <cerrno>
#include <charconv>
#include <system_error>
#include <utility>

#include "core/check.h"
#include "core/clock.h"

namespace larder::database {
namespace {

constexpr int kStepsBetweenLooks = 10'000;  // of SQLite's machine; about a millisecond

/// No room on the disk, in a quota, or in what the process may write.
bool means_full(int system_errno) { return system_errno == ENOSPC || system_errno == EDQUOT || system_errno == EFBIG; }

Errc code_of(int extended, int system_errno) {
  switch (extended) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
    case SQLITE_CONSTRAINT_FOREIGNKEY: return Errc::kConflict;
    default: break;
  }
  switch (extended & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_INTERRUPT: return Errc::kTimeout;
    case SQLITE_FULL: return Errc::kNoSpace;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return Errc::kCorrupt;
    case SQLITE_IOERR: return means_full(system_errno) ? Errc::kNoSpace : Errc::kUnavailable;
    case SQLITE_CANTOPEN:
    case SQLITE_NOMEM:
    case SQLITE_PROTOCOL: return Errc::kUnavailable;
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_READONLY: return Errc::kRefused;
    default: return Errc::kInvalid;  // a statement of ours that is wrong
  }
}

/// What the system said of the file that could not be read or written: sqlite3_system_errno() is from after the
/// rollback. 0: unknown.
int errno_of(::sqlite3* handle) {
  ::sqlite3_file* log = nullptr;
  int number = 0;
  if (::sqlite3_file_control(handle, "main", SQLITE_FCNTL_JOURNAL_POINTER, static_cast<void*>(&log)) == SQLITE_OK &&
      log != nullptr && log->pMethods != nullptr &&
      log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &number) == SQLITE_OK && number != 0) {
    return number;
  }
  if (::sqlite3_file_control(handle, "main", SQLITE_FCNTL_LAST_ERRNO, &number) != SQLITE_OK) return 0;
  return number;
}

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n;") == std::string_view::npos; }

// Leaves a statement ready for its next use, however this one ends.
struct Reset {
  explicit Reset(::sqlite3_stmt* used) : statement(used) {}
  ~Reset() {
    ::sqlite3_reset(statement);
    ::sqlite3_clear_bindings(statement);
  }
  Reset(const Reset&) = delete;
  Reset& operator=(const Reset&) = delete;

  ::sqlite3_stmt* statement;
};

}  // namespace

Result<std::unique_ptr<SqliteConnection>> SqliteConnection::open(const std::string& file, int flags,
                                                                 std::chrono::milliseconds patience) {
  ::sqlite3* handle = nullptr;
  const int code =
      ::sqlite3_open_v2(file.c_str(), &handle, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  if (handle == nullptr) return fail(Errc::kUnavailable, "{}: no memory to open it", file);
  std::unique_ptr<SqliteConnection> connection(new SqliteConnection(file, handle, patience));
  if (code != SQLITE_OK) return std::unexpected(connection->error(code));
  // LIKE is as PostgreSQL's is; bytes that are no database are no reason to trust what they say of functions.
  TRY_VOID(
      connection->execute("PRAGMA foreign_keys = ON; PRAGMA case_sensitive_like = ON; PRAGMA trusted_schema = OFF;"
                          "PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY"));
  return connection;
}

SqliteConnection::SqliteConnection(std::string file, ::sqlite3* handle, std::chrono::milliseconds patience)
    : file_(std::move(file)), handle_(handle), patience_(patience) {
  ::sqlite3_busy_timeout(handle_, static_cast<int>(patience.count()));
  const auto out_of_time = [](void* self) {
    return static_cast<int>(SystemClock().now() > static_cast<SqliteConnection*>(self)->deadline_);
  };
  ::sqlite3_progress_handler(handle_, kStepsBetweenLooks, out_of_time, this);
}

SqliteConnection::~SqliteConnection() {
  statements_.clear();
  ::sqlite3_close_v2(handle_);
}

Error SqliteConnection::error(int code) const {
  const int system_errno = (code & 0xff) == SQLITE_IOERR ? errno_of(handle_) : 0;
  const Errc meaning = code_of(code, system_errno);
  if ((code & 0xff) == SQLITE_INTERRUPT) {
    return {meaning, fmt::format("{}: a statement took longer than {} ms", file_, patience_.count())};
  }
  if ((code & 0xff) == SQLITE_BUSY) {
    return {meaning, fmt::format("{}: it was locked by others for {} ms", file_, patience_.count())};
  }
  if ((code & 0xff) == SQLITE_READONLY && ::sqlite3_db_readonly(handle_, "main") == 1) {
    return {Errc::kUnavailable, fmt::format("{}: the file cannot be written to", file_)};
  }
  if ((code & 0xff) == SQLITE_IOERR && system_errno != 0) {
    return {meaning, fmt::format("{}: {}", file_, std::generic_category().message(system_errno))};
  }
  const bool same = ::sqlite3_extended_errcode(handle_) == code;
  return {meaning, fmt::format("{}: {}", file_, same ? ::sqlite3_errmsg(handle_) : ::sqlite3_errstr(code))};
}

Result<> SqliteConnection::execute(const char* sql) {
  deadline_ = std::chrono::steady_clock::time_point::max();
  const int code = ::sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return std::unexpected(error(code));
  return {};
}

Result<Rows> SqliteConnection::run(std::string_view sql, std::span<const Value> values) {
  TRY(Statement * statement, prepare(sql));
  const Reset reset(statement->handle.get());
  TRY_VOID(bind(*statement, values));
  deadline_ = SystemClock().now() + patience_;
  const auto changes_before = ::sqlite3_total_changes64(handle_);
  auto rows = fetch(statement->handle.get());
  // What schema statements leave untouched still counts the rows of the statement before.
  if (rows && ::sqlite3_total_changes64(handle_) != changes_before) rows->changed = ::sqlite3_changes64(handle_);
  return rows;
}

Result<SqliteConnection::Statement*> SqliteConnection::prepare(std::string_view sql) {
  if (const auto known = statements_.find(sql); known != statements_.end()) return &known->second;
  if (statements_.size() >= kStatementLimit) statements_.clear();

  ::sqlite3_stmt* handle = nullptr;
  const char* rest = nullptr;
  const int code = ::sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                                        &handle, &rest);
  Statement statement;
  statement.handle.reset(handle);
  if (code != SQLITE_OK) return std::unexpected(error(code));
  const std::string_view tail = sql.substr(static_cast<std::size_t>(rest - sql.data()));
  if (handle == nullptr || !is_blank(tail)) return fail(Errc::kInvalid, "{}: not one statement: {}", file_, sql);

  for (int i = 1; i <= ::sqlite3_bind_parameter_count(handle); ++i) {
    const char* name = ::sqlite3_bind_parameter_name(handle, i);
    const std::string_view digits = name == nullptr || name[0] != '$' ? "" : name + 1;
    std::size_t number = 0;
    const auto [end, bad] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (digits.empty() || bad != std::errc() || end != digits.data() + digits.size() || number == 0) {
      return fail(Errc::kInvalid, "{}: a value that is not named $1, $2 ...: {}", file_, sql);
    }
    statement.values.push_back(number - 1);
  }
  return &statements_.emplace(std::string(sql), std::move(statement)).first->second;
}

Result<> SqliteConnection::bind(const Statement& statement, std::span<const Value> values) {
  ::sqlite3_stmt* handle = statement.handle.get();
  for (std::size_t i = 0; i < statement.values.size(); ++i) {
    const std::size_t index = statement.values[i];
    if (index >= values.size()) return fail(Errc::kInvalid, "{}: ${} has no value", file_, index + 1);
    const auto& content = values[index].content();
    const int place = static_cast<int>(i + 1);
    int code = SQLITE_OK;
    if (const auto* number = std::get_if<std::int64_t>(&content)) {
      code = ::sqlite3_bind_int64(handle, place, *number);
    } else if (const auto* text = std::get_if<std::string>(&content)) {
      code = ::sqlite3_bind_text64(handle, place, text->data(), text->size(), SQLITE_STATIC, SQLITE_UTF8);
    } else {
      code = ::sqlite3_bind_null(handle, place);
    }
    if (code != SQLITE_OK) return std::unexpected(error(code));
  }
  return {};
}

Result<Rows> SqliteConnection::fetch(::sqlite3_stmt* statement) {
  Rows rows;
  while (true) {
    const int code = ::sqlite3_step(statement);
    if (code == SQLITE_DONE) return rows;
    if (code != SQLITE_ROW) return std::unexpected(error(code));
    std::vector<Value> values;
    for (int i = 0; i < ::sqlite3_column_count(statement); ++i) {
      TRY(Value value, column(statement, i));
      values.push_back(std::move(value));
    }
    rows.rows.emplace_back(std::move(values));
  }
}

Result<Value> SqliteConnection::column(::sqlite3_stmt* statement, int number) const {
  switch (::sqlite3_column_type(statement, number)) {
    case SQLITE_NULL: return Value(nullptr);
    case SQLITE_INTEGER: return Value(static_cast<std::int64_t>(::sqlite3_column_int64(statement, number)));
    case SQLITE_TEXT: {
      const auto* text = reinterpret_cast<const char*>(::sqlite3_column_text(statement, number));
      const auto size = static_cast<std::size_t>(::sqlite3_column_bytes(statement, number));
      return Value(std::string_view(text, size));
    }
    default: return fail(Errc::kInvalid, "{}: column {} is neither a whole number nor a text", file_, number + 1);
  }
}

}  // namespace larder::database
