// DriverTransaction: what the transactions of both drivers have in common.
//
// A failed statement ends a transaction on PostgreSQL, and some do on SQLite: so it does here, always. Every later
// statement fails the same way, and nothing is kept.
#pragma once

#include <optional>
#include <set>
#include <span>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "database/database.h"

namespace larder::database {

class DriverTransaction : public Transaction {
 public:
  using Transaction::run;
  Result<Rows> run(std::string_view sql, std::span<const Value> values) final;
  void announce(Change change) final { changes_.push_back(std::move(change)); }
  void log(LoggedChange change) final { logged_.insert(std::move(change)); }

  const std::optional<Error>& failure() const { return failure_; }

 protected:
  virtual Result<Rows> run_statement(std::string_view sql, std::span<const Value> values) = 0;

  /// All that is announced, also of what is logged.
  std::vector<Change> announcements() const;
  const std::set<LoggedChange>& logged() const { return logged_; }

 private:
  std::vector<Change> changes_;
  std::set<LoggedChange> logged_;
  std::optional<Error> failure_;
};

}  // namespace larder::database
