#include "database/migrate.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "core/clock.h"

namespace larder::database {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::string_view kTable =
    "CREATE TABLE IF NOT EXISTS schema_migration ("
    "version BIGINT PRIMARY KEY, name TEXT NOT NULL, done_at BIGINT NOT NULL)";

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(SystemClock().wall().time_since_epoch()).count();
}

Result<> make_table(Database& database) {
  auto made = database.write([](Transaction& transaction) { return transaction.run(kTable); });
  // PostgreSQL: two programs that make the same table at once; now it is there.
  if (!made && made.error().code != Errc::kConflict) return std::unexpected(std::move(made).error());
  return {};
}

Result<int> version_in(Transaction& transaction) {
  TRY(const Rows rows, transaction.run("SELECT COALESCE(MAX(version), 0) FROM schema_migration"));
  return static_cast<int>(rows[0].number(0));
}

// Statements end with a ";" at the end of a line.
Result<std::vector<std::string_view>> statements_of(const Migration& migration) {
  std::vector<std::string_view> statements;
  std::string_view rest = migration.sql;
  while (rest.find_first_not_of(kBlanks) != std::string_view::npos) {
    std::size_t end = rest.find(";\n");
    if (end == std::string_view::npos && rest.ends_with(';')) end = rest.size() - 1;
    if (end == std::string_view::npos) {
      return fail(Errc::kInvalid, "step {} '{}': its last statement has no end", migration.version, migration.name);
    }
    statements.push_back(rest.substr(0, end));
    rest.remove_prefix(end + 1);
  }
  return statements;
}

/// Whether a statement says that it is of the other kind of database.
bool is_for_others(std::string_view statement, bool postgres) {
  statement.remove_prefix(std::min(statement.find_first_not_of(kBlanks), statement.size()));
  return statement.starts_with(postgres ? "-- sqlite:\n" : "-- postgresql:\n");
}

Result<> run_step(Transaction& transaction, bool postgres, const Migration& migration) {
  if (postgres) {
    // The first statement, so that what the transaction sees is from after the wait.
    TRY_VOID(transaction.run("LOCK TABLE schema_migration IN ACCESS EXCLUSIVE MODE"));
  }
  TRY(const int version, version_in(transaction));
  if (version >= migration.version) return {};  // another program was faster
  TRY(const auto statements, statements_of(migration));
  for (const std::string_view statement : statements) {
    if (is_for_others(statement, postgres)) continue;
    TRY_VOID(transaction.run(statement));
  }
  TRY_VOID(transaction.run("INSERT INTO schema_migration (version, name, done_at) VALUES ($1, $2, $3)",
                           {migration.version, migration.name, now_ms()}));
  return {};
}

}  // namespace

Result<> check_steps(const Rows& rows, std::span<const Migration> migrations) {
  if (!rows.empty() && rows[rows.size() - 1].number(0) > static_cast<std::int64_t>(migrations.size())) {
    return fail(Errc::kRefused,
                "the database's schema is version {}, this program knows versions up to {}: it is older",
                rows[rows.size() - 1].number(0), migrations.size());
  }
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].number(0) == migrations[i].version && rows[i].text(1) == migrations[i].name) continue;
    return fail(Errc::kCorrupt, "the database says that step {} '{}' of its schema was done; step {} is '{}'",
                rows[i].number(0), rows[i].text(1), migrations[i].version, migrations[i].name);
  }
  return {};
}

Result<int> schema_version(Database& database) {
  const std::string_view table = database.is_postgres() ? "SELECT 1 WHERE to_regclass('schema_migration') IS NOT NULL"
                                                        : "SELECT 1 FROM sqlite_master WHERE name = 'schema_migration'";
  return database.read([&](Transaction& transaction) -> Result<int> {
    TRY(const Rows found, transaction.run(table));
    if (found.empty()) return 0;
    return version_in(transaction);
  });
}

Result<int> migrate(Database& database, std::span<const Migration> migrations, int target) {
  TRY_VOID(make_table(database));
  TRY(const int found, database.read([&](Transaction& transaction) -> Result<int> {
    TRY(const Rows steps, transaction.run("SELECT version, name FROM schema_migration ORDER BY version"));
    TRY_VOID(check_steps(steps, migrations));
    return version_in(transaction);
  }));
  for (const Migration& migration : migrations) {
    if (migration.version <= found || (target != 0 && migration.version > target)) continue;
    auto done = database.write(
        [&](Transaction& transaction) -> Result<> { return run_step(transaction, database.is_postgres(), migration); });
    if (done) continue;
    return fail(done.error().code, "step {} '{}' of the database's schema: {}", migration.version, migration.name,
                done.error().text);
  }
  return found;
}

}  // namespace larder::database
