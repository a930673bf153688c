// Database: transactions on SQLite or PostgreSQL, behind one interface.
//
//     auto name = database.read([&](Transaction& transaction) -> Result<std::string> {
//       TRY(const Rows rows, transaction.run("SELECT name FROM resource WHERE id = $1", {id}));
//       if (rows.empty()) return fail(Errc::kNotFound, "there is no resource {}", id);
//       return rows[0].text(0);
//     });
//
// SQL is written once, in the subset both understand: $1, $2 ... for values (a number may recur), RETURNING, ON
// CONFLICT, row values, recursive queries. What differs has a name here: Transaction::list(). LIKE heeds case on both;
// say what its ESCAPE is, and where NULLs sort. A number goes to BIGINT and a text to TEXT, and nowhere else.
//
// Threads    all calls from any thread, but not from an event loop: they block. A Transaction is used by one thread.
// Crash      what a write() did is there wholly or not at all.
// Cost       one connection for each transaction that runs, from a bounded pool; SQLite has one writer at a time.
#pragma once

#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/log.h"
#include "core/result.h"
#include "database/change_feed.h"
#include "database/change_log.h"
#include "database/value.h"

namespace larder::database {

/// Columns and the texts that are in them.
using RowKey = std::vector<std::pair<std::string_view, std::string>>;

class Transaction {
 public:
  virtual ~Transaction() = default;

  /// Runs one statement. Errors: kConflict (a unique or foreign key forbids it), kUnavailable (the database is out, or
  /// the transaction has to be run again: pass it on and write() does so), kTimeout, kNoSpace, kCorrupt, kInvalid (the
  /// statement is wrong, or a text has a NUL byte or is not UTF-8).
  /// An error ends the transaction: later statements fail the same way and nothing is kept. What may well be there
  /// already wants ON CONFLICT.
  virtual Result<Rows> run(std::string_view sql, std::span<const Value> values) = 0;
  Result<Rows> run(std::string_view sql, std::initializer_list<Value> values = {}) {
    return run(sql, std::span<const Value>(values.begin(), values.size()));
  }

  /// A table of one column `value` for `FROM`: the texts of the JSON array that the statement is given as `placeholder`
  /// ("$2"). For joins with lists of any length; give it a name: `FROM {} AS wanted`.
  virtual std::string list(std::string_view placeholder) const = 0;

  /// Tells every ChangeFeed of this database, in this program and in others, once the transaction has been committed.
  virtual void announce(Change change) = 0;

  /// Writes the change into the change log when the transaction is committed, once for each object, and announces it,
  /// and kLogChange.
  virtual void log(LoggedChange change) = 0;

  /// What was read of these rows of `table` must still be so when the transaction is committed, and nobody changes them
  /// until then; else it is run again. Without it a transaction may take effect after one whose changes it did not see.
  virtual void confirm(std::string_view table, const RowKey& key) = 0;
};

class Database {
 public:
  struct Options {
    std::size_t connections = 8;
    std::chrono::milliseconds patience = std::chrono::seconds(10);  // for a connection, a lock or a statement
  };

  /// `url`: "sqlite:/var/lib/larder/portal.db", "sqlite::memory:", or "postgresql://user@host/name?sslmode=require".
  /// Makes an SQLite file (0600) that is not there yet. `log` hears of connections lost and found again.
  /// Errors: kInvalid (the URL), kUnavailable, kRefused, kCorrupt, kNotFound (the folder), kConflict (it is being
  /// restored), each naming the database without its password.
  static Result<std::unique_ptr<Database>> open(const std::string& url, Options options, Log& log);
  virtual ~Database() = default;

  /// Runs `f(Transaction&)`, which returns a Result (or another std::expected whose error an Error converts to), on one
  /// unchanging state of the database; nothing is kept.
  template <class F>
  std::invoke_result_t<F&, Transaction&> read(F f) {
    return transact(Mode::kRead, f);
  }

  /// The same, and keeps what it wrote if f's result is a value; serializable. `f` may be run several times, when
  /// others came in between: it must change nothing but the database. After kUnavailable it is unknown whether the last
  /// commit was kept.
  template <class F>
  std::invoke_result_t<F&, Transaction&> write(F f) {
    return transact(Mode::kWrite, f);
  }

  /// Changes that transactions announced, here and in other programs.
  virtual ChangeFeed& changes() = 0;

  virtual bool is_postgres() const = 0;
  /// Copies an SQLite database that is in use into the file `to` (0600, must not exist) and checks the copy.
  /// Errors: kRefused on PostgreSQL (pg_dump does that), kConflict (`to` exists), kNoSpace, kCorrupt.
  virtual Result<> backup(const std::string& to) = 0;

 protected:
  enum class Mode { kRead, kWrite };
  /// One transaction, with all retries. `work` returns whether to keep what it did.
  virtual Result<> run_transaction(Mode mode, const std::function<bool(Transaction&)>& work) = 0;

 private:
  template <class F>
  std::invoke_result_t<F&, Transaction&> transact(Mode mode, F& f) {
    using Returned = std::invoke_result_t<F&, Transaction&>;
    std::optional<Returned> outcome;
    const auto work = [&](Transaction& transaction) {
      outcome.emplace(f(transaction));
      return outcome->has_value();
    };
    auto ended = run_transaction(mode, work);
    if (!ended) return std::unexpected(typename Returned::error_type(std::move(ended).error()));
    return *std::move(outcome);
  }
};

}  // namespace larder::database
