// PostgresConnection: a connection to PostgreSQL, with the statements it has prepared.
//
// Numbers are sent as BIGINT and texts as TEXT: left to itself the server takes the 1 in `$1 - 1` as a hint that $1 is
// a 32-bit number. A null has the type that its place asks for. Where that leaves it open, as `$1 IS NULL` does, the
// statement is prepared again with a text, and then with a number.
//
// Owns       the connection.
// Threads    one at a time.
#pragma once

#include <libpq-fe.h>

#include <chrono>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/result.h"
#include "database/postgres_url.h"
#include "database/value.h"

namespace larder::database {

class PostgresConnection {
 public:
  enum class AnotherRun {
    kNo,
    kAtOnce,  // a statement is prepared differently now
    kLater,   // others were in the way
  };
  static constexpr std::size_t kStatementLimit = 256;
  static constexpr auto kGrace = std::chrono::seconds(2);  // after which a server that keeps no time-out hangs
  static constexpr int kOldestServer = 140000;

  /// Errors: kUnavailable, kRefused (too old a server, another encoding).
  static Result<std::unique_ptr<PostgresConnection>> connect(const PostgresUrl& url,
                                                             std::chrono::milliseconds patience);
  ~PostgresConnection();
  PostgresConnection(const PostgresConnection&) = delete;
  PostgresConnection& operator=(const PostgresConnection&) = delete;

  /// One statement; $1 is values[0]. Errors: those of Transaction::run, kInvalid.
  Result<Rows> run(std::string_view sql, std::span<const Value> values);
  /// Statements of our own that bring no rows and have no values. Returns what the server says of the last one.
  Result<std::string> execute(const char* sql);
  /// `text` as it is written in a statement. Errors: kInvalid (it has a NUL byte or is not UTF-8).
  Result<std::string> quote(const std::string& text) const;
  /// Begins a transaction and forgets the trouble of the one before.
  Result<> begin(const char* sql);
  bool in_transaction() const { return ::PQtransactionStatus(handle_) != PQTRANS_IDLE; }

  /// It is of no use any more.
  bool is_broken() const { return broken_; }
  /// Whether the transaction failed for a reason that may be gone when it runs again.
  AnotherRun another_run() const { return another_run_; }
  ::PGconn* handle() const { return handle_; }

 private:
  struct Clear {
    void operator()(::PGresult* result) const { ::PQclear(result); }
  };
  struct Preparing {
    std::string key;
    std::size_t size = 0;  // how many values
  };
  using Answer = std::unique_ptr<::PGresult, Clear>;

  PostgresConnection(const PostgresUrl& url, ::PGconn* handle, std::chrono::milliseconds patience);
  Result<> set_up();
  /// The types of `values`, for a statement that has had trouble with these types or not.
  std::vector<::Oid> types_of(const std::string& key, std::span<const Value> values) const;
  Result<std::string> prepare(std::string_view sql, std::span<const Value> values);
  /// Outside of a failed transaction.
  Result<> forget_statements();
  /// What the server answers to what was sent.
  Result<Answer> answer(int sent);
  Result<> wait_for_answer(std::chrono::steady_clock::time_point deadline);
  Error lost(std::string_view why);
  Error error(const ::PGresult* result);
  /// Chooses another type for a null of the statement that is being prepared. False: there is none.
  bool settle_type(std::string_view sqlstate, std::string_view message);

  const PostgresUrl url_;
  ::PGconn* handle_;
  const std::chrono::milliseconds patience_;
  bool broken_ = false;
  AnotherRun another_run_ = AnotherRun::kNo;
  bool stale_ = false;  // statements were prepared for tables that have changed since
  std::unordered_map<std::string, std::string> statements_;           // by key_of(): its name
  std::unordered_map<std::string, std::map<int, ::Oid>> null_types_;  // by key_of(): where the server cannot tell
  Preparing preparing_;
  int settled_last_ = 0;  // the null whose type was chosen last: if that is wrong, it was this one
  std::uint64_t next_name_ = 0;
};

}  // namespace larder::database
