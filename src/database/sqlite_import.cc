#include "database/sqlite_import.h"

#include <unistd.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "database/file_lock.h"
#include "database/sqlite_copy.h"

namespace larder::database {
namespace {

constexpr std::int64_t kRowsAtATime = 100;

struct Table {
  std::string name;
  std::vector<std::string> columns;
};

std::string list_of(const std::vector<std::string>& columns) {
  std::string list;
  for (const std::string& column : columns) list += fmt::format("{}\"{}\"", list.empty() ? "" : ", ", column);
  return list;
}

Result<std::vector<std::string>> texts(SqliteConnection& connection, std::string_view sql, const std::string& table) {
  const std::vector<Value> values = {table};
  TRY(const Rows rows, connection.run(sql, values));
  std::vector<std::string> found;
  for (const Row& row : rows) found.push_back(row.text(0));
  return found;
}

/// Appends the tables that `name` refers to, and then itself.
Result<> append(SqliteConnection& from, const std::string& name, std::vector<Table>& tables) {
  if (std::ranges::find(tables, name, &Table::name) != tables.end()) return {};
  TRY(const auto parents, texts(from, "SELECT \"table\" FROM pragma_foreign_key_list($1)", name));
  for (const std::string& parent : parents) {
    if (parent == name) continue;
    TRY_VOID(append(from, parent, tables));
  }
  TRY(auto columns, texts(from, "SELECT name FROM pragma_table_info($1) ORDER BY cid", name));
  tables.push_back({name, std::move(columns)});
  return {};
}

/// All but the note of what was migrated, and the change log, whose positions mean nothing in another database; each
/// behind those that it refers to.
Result<std::vector<Table>> tables_of(SqliteConnection& from) {
  TRY(const Rows names, from.run("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' "
                                 "ESCAPE '!' AND name NOT IN ('schema_migration', 'change') ORDER BY name",
                                 {}));
  std::vector<Table> tables;
  for (const Row& name : names) {
    TRY_VOID(append(from, name.text(0), tables));
  }
  return tables;
}

/// "($1, $2), ($3, $4)".
std::string places_for(std::size_t rows, std::size_t columns) {
  std::string places;
  for (std::size_t row = 0; row < rows; ++row) {
    places += row == 0 ? "(" : "), (";
    for (std::size_t column = 0; column < columns; ++column) {
      places += fmt::format("{}${}", column == 0 ? "" : ", ", row * columns + column + 1);
    }
  }
  return places + ")";
}

Result<> insert(Transaction& to, const Table& table, const Rows& rows) {
  std::vector<Value> values;
  for (const Row& row : rows) {
    for (std::size_t i = 1; i < row.size(); ++i) values.push_back(row.value(i));  // the first is the row's number
  }
  TRY_VOID(to.run(fmt::format("INSERT INTO \"{}\" ({}) VALUES {}", table.name, list_of(table.columns),
                              places_for(rows.size(), table.columns.size())),
                  values));
  return {};
}

Result<std::int64_t> copy_rows(SqliteConnection& from, Transaction& to, const Table& table) {
  const std::string select = fmt::format("SELECT rowid, {} FROM \"{}\" WHERE rowid > $1 ORDER BY rowid LIMIT {}",
                                         list_of(table.columns), table.name, kRowsAtATime);
  std::int64_t count = 0;
  for (std::int64_t last = std::numeric_limits<std::int64_t>::min();;) {
    const std::vector<Value> after = {last};
    TRY(const Rows rows, from.run(select, after));
    if (rows.empty()) return count;
    TRY_VOID(insert(to, table, rows));
    count += static_cast<std::int64_t>(rows.size());
    last = rows[rows.size() - 1].number(0);
  }
}

Result<> check_empty(Transaction& to, std::initializer_list<std::string_view> empty) {
  for (const std::string_view table : empty) {
    TRY(const Rows found, to.run(fmt::format("SELECT 1 FROM \"{}\" LIMIT 1", table)));
    if (!found.empty()) {
      return fail(Errc::kConflict, "the database that should get it is in use: \"{}\" has rows; name a new one", table);
    }
  }
  return {};
}

Result<std::int64_t> replace_all(SqliteConnection& from, Transaction& to, const std::vector<Table>& tables) {
  // What the schema itself put there.
  for (auto table = tables.rbegin(); table != tables.rend(); ++table) {
    TRY_VOID(to.run(fmt::format("DELETE FROM \"{}\"", table->name)));
  }
  std::int64_t count = 0;
  for (const Table& table : tables) {
    TRY(const std::int64_t copied, copy_rows(from, to, table));
    count += copied;
  }
  return count;
}

}  // namespace

Result<std::int64_t> import_sqlite(const std::string& from, Database& to, std::span<const Migration> migrations,
                                   std::initializer_list<std::string_view> empty) {
  std::optional<FileLock> lock;
  if (::access((from + ".lock").c_str(), F_OK) == 0) {
    TRY(FileLock taken, FileLock::take(from, FileLock::Mode::kAlone));
    lock.emplace(std::move(taken));
  }
  TRY(const auto source, open_checked(from, migrations));
  if (source.version != migrations.back().version) {
    return fail(Errc::kRefused, "{}: it is at schema version {}, not {}: start the portal of this version on it once",
                from, source.version, migrations.back().version);
  }
  TRY_VOID(migrate(to, migrations));
  TRY_VOID(source.connection->execute("BEGIN"));
  TRY(const auto tables, tables_of(*source.connection));
  return to.write([&](Transaction& transaction) -> Result<std::int64_t> {
    TRY_VOID(check_empty(transaction, empty));
    return replace_all(*source.connection, transaction, tables);
  });
}

}  // namespace larder::database
