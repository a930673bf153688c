#include "database/postgres_database.h"

#include <algorithm>
#include <chrono>
#include <random>
#include <set>
#include <thread>
#include <utility>

#include "core/clock.h"
#include "database/driver_transaction.h"

namespace larder::database {
namespace {

using AnotherRun = PostgresConnection::AnotherRun;

constexpr std::size_t kAnnounceLimit = 100;  // more changes than that become Change::everything()

// Who has it gives the next numbers, and keeps it until its commit is seen by all: docs/decisions/0023-change-log.md.
constexpr std::int64_t kLogLock = 0x6c6172646572;  // "larder"

class PostgresTransaction final : public DriverTransaction {
 public:
  explicit PostgresTransaction(PostgresConnection& connection) : connection_(connection) {}
  ~PostgresTransaction() override {
    if (!connection_.is_broken() && connection_.in_transaction()) (void)connection_.execute("ROLLBACK");
  }

  std::string list(std::string_view placeholder) const override {
    return fmt::format("(SELECT jsonb_array_elements_text({}::jsonb) AS value)", placeholder);
  }

  void confirm(std::string_view table, const RowKey& key) override { confirmed_.insert({std::string(table), key}); }

  /// One message for all of it: while the locks are held the server waits for nobody.
  Result<> commit() {
    TRY(const std::string confirm, confirm_statements());
    TRY(const std::string log, log_statements());
    TRY(const std::string announce, announce_statements());
    TRY(const std::string said, connection_.execute((confirm + log + announce + "COMMIT").c_str()));
    if (said == "COMMIT") return {};
    return fail(Errc::kInvalid, "the server said {} to COMMIT: a statement had failed", said);
  }

 protected:
  Result<Rows> run_statement(std::string_view sql, std::span<const Value> values) override {
    return connection_.run(sql, values);
  }

 private:
  // Not FOR SHARE: of many who share a row, one after the other, who wants to change it might wait for ever.
  Result<std::string> confirm_statements() const {
    std::string statements;
    for (const auto& [table, key] : confirmed_) {
      std::string where;
      for (const auto& [column, text] : key) {
        TRY(const std::string quoted, connection_.quote(text));
        where += fmt::format("{}{} = {}", where.empty() ? "" : " AND ", column, quoted);
      }
      statements += fmt::format("SELECT 1 FROM {} WHERE {} FOR NO KEY UPDATE; ", table, where);
    }
    return statements;
  }

  Result<std::string> log_statements() const {
    if (logged().empty()) return "";
    std::string rows;
    for (const LoggedChange& change : logged()) {
      TRY(const std::string kind, connection_.quote(change.kind));
      TRY(const std::string id, connection_.quote(change.id));
      TRY(const std::string organisation, connection_.quote(change.organisation));
      rows += fmt::format("{}(nextval('change_seq'), gen_random_uuid()::text, {}, {}, {})", rows.empty() ? "" : ", ",
                          kind, id, organisation);
    }
    return fmt::format(
        "SELECT pg_advisory_xact_lock({}); INSERT INTO change (seq, tag, kind, object_id, organisation_id) VALUES {}; ",
        kLogLock, rows);
  }

  Result<std::string> announce_statements() const {
    std::set<std::string> payloads;
    for (const Change& change : announcements()) payloads.insert(PostgresFeed::to_payload(change));
    if (payloads.size() > kAnnounceLimit) payloads = {PostgresFeed::to_payload(Change::everything())};
    std::string statements;
    for (const std::string& payload : payloads) {
      TRY(const std::string quoted, connection_.quote(payload));
      statements += fmt::format(fmt::runtime(PostgresFeed::kAnnounce), quoted);
    }
    return statements;
  }

  PostgresConnection& connection_;
  std::set<std::pair<std::string, RowKey>> confirmed_;
};

// Longer each time and never the same, so that two that met do not meet again.
void pause_before_run(int run) {
  thread_local std::minstd_rand random{std::random_device{}()};
  const int most_us = 1000 << std::min(run, 7);
  std::this_thread::sleep_for(std::chrono::microseconds(std::uniform_int_distribution(0, most_us)(random)));
}

}  // namespace

Result<std::unique_ptr<Database>> PostgresDatabase::open(const std::string& url, const Options& options, Log& log) {
  TRY(PostgresUrl parsed, parse_postgres_url(url));
  std::unique_ptr<PostgresDatabase> database(new PostgresDatabase(std::move(parsed), options, log));
  TRY(database->feed_, PostgresFeed::start(database->server_));
  return std::unique_ptr<Database>(std::move(database));
}

PostgresDatabase::PostgresDatabase(PostgresUrl url, const Options& options, Log& log)
    : options_(options),
      server_(std::move(url), options.patience, log),
      connections_(std::max<std::size_t>(options.connections, 1)) {}

Result<> PostgresDatabase::run_transaction(Mode mode, const std::function<bool(Transaction&)>& work) {
  TRY(auto lease, connections_.take(options_.patience));
  const auto give_up = SystemClock().now() + options_.patience;
  for (int run = 1;; ++run) {
    TRY_VOID(begin(lease.connection, mode));
    const auto ended = run_once(*lease.connection, mode, work);
    if (lease.connection->is_broken()) {
      server_.note_lost(ended ? "the connection broke" : ended.error().text);
      lease.connection.reset();
      return ended;
    }
    const auto another_run = lease.connection->another_run();
    if (another_run == AnotherRun::kNo) return ended;
    if (run == kRuns || SystemClock().now() > give_up) {
      return fail(Errc::kUnavailable, "{}: others came in between {} times", server_.name(), run);
    }
    if (another_run == AnotherRun::kLater) pause_before_run(run);
  }
}

Result<> PostgresDatabase::begin(std::unique_ptr<PostgresConnection>& connection, Mode mode) {
  const char* sql = mode == Mode::kRead ? "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
                                        : "BEGIN ISOLATION LEVEL SERIALIZABLE READ WRITE";
  if (connection) {
    auto begun = connection->begin(sql);
    if (begun || !connection->is_broken()) return begun;
    // It died while it lay idle: nothing is lost yet.
    connection.reset();
    connections_.clear();
  }
  TRY(connection, server_.connect());
  return connection->begin(sql);
}

Result<> PostgresDatabase::run_once(PostgresConnection& connection, Mode mode,
                                    const std::function<bool(Transaction&)>& work) {
  PostgresTransaction transaction(connection);
  if (!work(transaction)) return {};
  if (const auto& failure = transaction.failure()) return std::unexpected(*failure);
  if (mode == Mode::kRead) return {};
  auto committed = transaction.commit();
  if (committed || !connection.is_broken()) return committed;
  return fail(Errc::kUnavailable, "{}; it is unknown whether the change was kept", committed.error().text);
}

Result<> PostgresDatabase::backup(const std::string&) {
  return fail(Errc::kRefused, "{}: back up a PostgreSQL database with pg_dump", server_.name());
}

}  // namespace larder::database
