// SqliteConnection: an open SQLite database, with the statements it has prepared.
//
// Owns       the handle.
// Threads    one at a time.
#pragma once

#include <sqlite3.h>

#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/result.h"
#include "database/value.h"

namespace larder::database {

class SqliteConnection {
 public:
  static constexpr std::size_t kStatementLimit = 256;

  /// `flags` as sqlite3_open_v2 has them. Errors name the file.
  static Result<std::unique_ptr<SqliteConnection>> open(const std::string& file, int flags,
                                                        std::chrono::milliseconds patience);
  ~SqliteConnection();
  SqliteConnection(const SqliteConnection&) = delete;
  SqliteConnection& operator=(const SqliteConnection&) = delete;

  /// One statement; $1 is values[0]. Errors: those of Transaction::run, kInvalid (it is no statement).
  Result<Rows> run(std::string_view sql, std::span<const Value> values);
  /// Statements of our own that bring no rows and no values.
  Result<> execute(const char* sql);
  bool in_transaction() const { return ::sqlite3_get_autocommit(handle_) == 0; }

  ::sqlite3* handle() const { return handle_; }
  /// What `code`, the last call's, means.
  Error error(int code) const;

 private:
  struct Finalize {
    void operator()(::sqlite3_stmt* statement) const { ::sqlite3_finalize(statement); }
  };
  struct Statement {
    std::unique_ptr<::sqlite3_stmt, Finalize> handle;
    std::vector<std::size_t> values;  // of each parameter, the index of its value
  };
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };

  SqliteConnection(std::string file, ::sqlite3* handle, std::chrono::milliseconds patience);
  Result<Statement*> prepare(std::string_view sql);
  Result<> bind(const Statement& statement, std::span<const Value> values);
  Result<Rows> fetch(::sqlite3_stmt* statement);
  Result<Value> column(::sqlite3_stmt* statement, int number) const;

  const std::string file_;
  ::sqlite3* handle_;
  const std::chrono::milliseconds patience_;
  std::chrono::steady_clock::time_point deadline_ = std::chrono::steady_clock::time_point::max();
  std::unordered_map<std::string, Statement, Hash, std::equal_to<>> statements_;
};

}  // namespace larder::database
