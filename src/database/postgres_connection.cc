#include "database/postgres_connection.h"

#include <poll.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <utility>

#include "database/postgres_error.h"
#include "database/postgres_rows.h"

namespace larder::database {
namespace {

using Clock = std::chrono::steady_clock;

// A statement has one plan for each set of types it is run with.
std::string key_of(std::string_view sql, std::span<const Value> values) {
  std::string key(sql);
  key += '\0';
  for (const Value& value : values) key += static_cast<char>('0' + value.content().index());
  return key;
}

// Only these are worth a plan that is kept; LOCK, CREATE and the like run once.
bool is_query(std::string_view sql) {
  const auto start = sql.find_first_not_of(" \t\r\n(");
  if (start == std::string_view::npos) return false;
  const std::string_view word = sql.substr(start, 6);
  return word == "SELECT" || word == "INSERT" || word == "UPDATE" || word == "DELETE" || word.starts_with("WITH");
}

std::string_view field(const ::PGresult* result, int code) {
  const char* text = ::PQresultErrorField(result, code);
  return text == nullptr ? "" : text;
}

// The N of the "$N" in a message; 0 if there is none.
int parameter_in(std::string_view message) {
  int number = 0;
  const auto dollar = message.find('$');
  if (dollar != std::string_view::npos) {
    std::from_chars(message.data() + dollar + 1, message.data() + message.size(), number);
  }
  return number;
}

// Texts for the wire, which outlive the call that sends them.
struct Parameters {
  explicit Parameters(std::span<const Value> values) {
    for (const Value& value : values) {
      const auto* number = std::get_if<std::int64_t>(&value.content());
      if (number != nullptr) numbers.push_back(std::to_string(*number));
    }
    auto next = numbers.begin();
    for (const Value& value : values) {
      const auto* text = std::get_if<std::string>(&value.content());
      const bool is_number = std::holds_alternative<std::int64_t>(value.content());
      texts.push_back(is_number ? (next++)->c_str() : text != nullptr ? text->c_str() : nullptr);
    }
  }
  Parameters(const Parameters&) = delete;
  Parameters& operator=(const Parameters&) = delete;

  int size() const { return static_cast<int>(texts.size()); }

  std::vector<std::string> numbers;
  std::vector<const char*> texts;
};

}  // namespace

Result<std::unique_ptr<PostgresConnection>> PostgresConnection::connect(const PostgresUrl& url,
                                                                        std::chrono::milliseconds patience) {
  const auto seconds = std::to_string(std::max<std::int64_t>(2, patience.count() / 1000));
  const auto milliseconds = std::to_string(patience.count());
  // What stands before the URL is overridden by it, what stands behind overrides it.
  constexpr std::array kNames = {"connect_timeout",           "keepalives_idle",
                                 "keepalives_interval",       "keepalives_count",
                                 "tcp_user_timeout",          "target_session_attrs",
                                 "fallback_application_name", "dbname",
                                 "client_encoding",           static_cast<const char*>(nullptr)};
  const std::array texts = {seconds.c_str(),
                            "10",
                            "5",
                            "3",
                            milliseconds.c_str(),
                            "read-write",
                            "larder-portal",
                            url.url.c_str(),
                            "UTF8",
                            static_cast<const char*>(nullptr)};
  static_assert(kNames.size() == std::tuple_size_v<decltype(texts)>);
  ::PGconn* handle = ::PQconnectdbParams(kNames.data(), texts.data(), 1);
  if (handle == nullptr) return fail(Errc::kUnavailable, "{}: no memory to connect", url.name);
  std::unique_ptr<PostgresConnection> connection(new PostgresConnection(url, handle, patience));
  if (::PQstatus(handle) != CONNECTION_OK) return std::unexpected(connection->lost(::PQerrorMessage(handle)));
  TRY_VOID(connection->set_up());
  return connection;
}

PostgresConnection::PostgresConnection(const PostgresUrl& url, ::PGconn* handle, std::chrono::milliseconds patience)
    : url_(url), handle_(handle), patience_(patience) {
  ::PQsetNoticeProcessor(handle_, [](void*, const char*) {}, nullptr);  // "already exists, skipping"
}

PostgresConnection::~PostgresConnection() { ::PQfinish(handle_); }

Result<> PostgresConnection::set_up() {
  if (::PQserverVersion(handle_) < kOldestServer) {
    return fail(Errc::kRefused, "{}: PostgreSQL 14 or newer is needed", url_.name);
  }
  const char* encoding = ::PQparameterStatus(handle_, "server_encoding");
  if (encoding == nullptr || std::strcmp(encoding, "UTF8") != 0) {
    return fail(Errc::kRefused, "{}: the database must have the encoding UTF8", url_.name);
  }
  const auto limit = std::max<std::int64_t>(1, patience_.count());
  // The idle time ends a transaction of a program that is stopped and not dead: it holds locks. To compile a plan takes
  // longer than any statement of ours runs.
  TRY_VOID(execute(fmt::format("SET statement_timeout = {0}; SET lock_timeout = {0}; "
                               "SET idle_in_transaction_session_timeout = '60s'; SET jit = off",
                               limit)
                       .c_str()));
  return {};
}

Result<std::string> PostgresConnection::execute(const char* sql) {
  TRY(const Answer said, answer(::PQsendQuery(handle_, sql)));
  return std::string(::PQcmdStatus(said.get()));
}

Result<std::string> PostgresConnection::quote(const std::string& text) const {
  struct Free {
    void operator()(char* memory) const { ::PQfreemem(memory); }
  };
  const std::unique_ptr<char, Free> quoted(::PQescapeLiteral(handle_, text.c_str(), text.size()));
  if (!quoted || text.find('\0') != std::string::npos) {
    return fail(Errc::kInvalid, "a text has a NUL byte or is not UTF-8");
  }
  return std::string(quoted.get());
}

Result<> PostgresConnection::begin(const char* sql) {
  another_run_ = AnotherRun::kNo;
  if (std::exchange(stale_, false)) {
    TRY_VOID(forget_statements());
  }
  TRY_VOID(execute(sql));
  return {};
}

Result<Rows> PostgresConnection::run(std::string_view sql, std::span<const Value> values) {
  const Parameters parameters(values);
  if (!is_query(sql)) {
    const auto types = types_of("", values);
    TRY(const Answer said, answer(::PQsendQueryParams(handle_, std::string(sql).c_str(), parameters.size(),
                                                      types.data(), parameters.texts.data(), nullptr, nullptr, 0)));
    return rows_of(said.get());
  }
  TRY(const std::string name, prepare(sql, values));
  TRY(const Answer said, answer(::PQsendQueryPrepared(handle_, name.c_str(), parameters.size(), parameters.texts.data(),
                                                      nullptr, nullptr, 0)));
  return rows_of(said.get());
}

std::vector<::Oid> PostgresConnection::types_of(const std::string& key, std::span<const Value> values) const {
  std::vector<::Oid> types;
  for (const Value& value : values) {
    if (value.is_null()) {
      types.push_back(kOpenType);
    } else {
      types.push_back(std::holds_alternative<std::int64_t>(value.content()) ? kBigintType : kTextType);
    }
  }
  if (const auto settled = null_types_.find(key); settled != null_types_.end()) {
    for (const auto& [number, type] : settled->second) types.at(static_cast<std::size_t>(number - 1)) = type;
  }
  return types;
}

Result<std::string> PostgresConnection::prepare(std::string_view sql, std::span<const Value> values) {
  const std::string key = key_of(sql, values);
  if (const auto known = statements_.find(key); known != statements_.end()) return known->second;
  if (statements_.size() >= kStatementLimit) {
    TRY_VOID(forget_statements());
  }
  const std::string name = fmt::format("larder_{}", next_name_++);
  const auto types = types_of(key, values);
  preparing_ = {key, values.size()};
  auto prepared = answer(
      ::PQsendPrepare(handle_, name.c_str(), std::string(sql).c_str(), static_cast<int>(types.size()), types.data()));
  preparing_ = {};
  TRY_VOID(std::move(prepared));
  statements_.emplace(key, name);
  return name;
}

Result<> PostgresConnection::forget_statements() {
  statements_.clear();
  TRY_VOID(execute("DEALLOCATE ALL"));
  return {};
}

Result<PostgresConnection::Answer> PostgresConnection::answer(int sent) {
  if (sent == 0) return std::unexpected(lost(::PQerrorMessage(handle_)));
  const auto deadline = Clock::now() + patience_ + kGrace;
  Answer said;
  while (true) {
    TRY_VOID(wait_for_answer(deadline));
    Answer next(::PQgetResult(handle_));
    if (!next) break;
    // Of several statements the first error counts.
    if (!said || ::PQresultStatus(said.get()) != PGRES_FATAL_ERROR) said = std::move(next);
  }
  if (!said) return std::unexpected(lost(::PQerrorMessage(handle_)));
  const auto status = ::PQresultStatus(said.get());
  if (status == PGRES_EMPTY_QUERY) return fail(Errc::kInvalid, "{}: an empty statement", url_.name);
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) return std::unexpected(error(said.get()));
  return said;
}

Result<> PostgresConnection::wait_for_answer(Clock::time_point deadline) {
  while (::PQisBusy(handle_) != 0) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) {
      broken_ = true;
      return fail(Errc::kTimeout, "{}: no answer for {} ms", url_.name, (patience_ + kGrace).count());
    }
    ::pollfd socket = {::PQsocket(handle_), POLLIN, 0};
    if (::poll(&socket, 1, static_cast<int>(left)) <= 0) continue;
    if (::PQconsumeInput(handle_) == 0) return std::unexpected(lost(::PQerrorMessage(handle_)));
  }
  return {};
}

Error PostgresConnection::lost(std::string_view why) {
  broken_ = true;
  return {Errc::kUnavailable, fmt::format("{}: {}", url_.name, url_.clean(why))};
}

bool PostgresConnection::settle_type(std::string_view sqlstate, std::string_view message) {
  if (preparing_.key.empty()) return false;
  auto& types = null_types_[preparing_.key];
  if (has_wrong_type(sqlstate)) {
    const auto settled = types.find(settled_last_);
    return settled != types.end() && std::exchange(settled->second, kBigintType) == kTextType;
  }
  settled_last_ = parameter_in(message);
  return settled_last_ > 0 && static_cast<std::size_t>(settled_last_) <= preparing_.size &&
         types.emplace(settled_last_, kTextType).second;
}

Error PostgresConnection::error(const ::PGresult* result) {
  const std::string_view sqlstate = field(result, PG_DIAG_SQLSTATE);
  // A result of libpq itself, for a connection that broke, has no code. The server's DETAIL quotes values: it stays
  // here.
  const std::string_view message = field(result, PG_DIAG_MESSAGE_PRIMARY);
  if (ends_connection(sqlstate) || ::PQstatus(handle_) == CONNECTION_BAD) {
    return lost(message.empty() ? ::PQresultErrorMessage(result) : message);
  }
  stale_ = sqlstate == kTableChanged;
  if (wants_another_run(sqlstate)) another_run_ = stale_ ? AnotherRun::kAtOnce : AnotherRun::kLater;
  if ((lacks_type(sqlstate) || has_wrong_type(sqlstate)) && settle_type(sqlstate, message)) {
    another_run_ = AnotherRun::kAtOnce;
  }
  return {errc_of_sqlstate(sqlstate), fmt::format("{}: {} ({})", url_.name, url_.clean(message), sqlstate)};
}

}  // namespace larder::database
