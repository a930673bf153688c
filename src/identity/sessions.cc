#include "identity/sessions.h"

#include <algorithm>

#include "ledger/audit.h"
#include "ledger/secret.h"
#include "ledger/text.h"
#include "ledger/time.h"

namespace larder::identity {
namespace {

using database::Transaction;
using ledger::Actor;
using ledger::AuditRecord;
using ledger::Listed;
using ledger::PageQuery;
using ledger::ProblemKind;
using ledger::refuse;
using ledger::Result;
using ledger::time_to_string;
using ledger::to_ms;

constexpr std::chrono::milliseconds kTouchInterval = std::chrono::minutes(1);
constexpr std::size_t kUserAgentLimit = 300;
constexpr std::string_view kSessionColumns =
    "id, account_id, csrf_token, created_at, last_seen_at, expires_at, address, user_agent";

Session read_session(const database::Row& row) {
  Session session;
  session.id = row.text(0);
  session.user_id = row.text(1);
  session.csrf_token = row.text(2);
  session.created_at = row.number(3);
  session.last_seen_at = row.number(4);
  session.expires_at = row.number(5);
  session.address = row.text(6);
  session.user_agent = row.text(7);
  return session;
}

}  // namespace

boost::json::object to_json(const Session& session, std::string_view current_id) {
  boost::json::object object;
  object["id"] = session.id;
  object["created_at"] = time_to_string(session.created_at);
  object["last_seen_at"] = time_to_string(session.last_seen_at);
  object["expires_at"] = time_to_string(session.expires_at);
  object["address"] = session.address;
  object["user_agent"] = session.user_agent;
  object["current"] = session.id == current_id;
  return object;
}

Result<NewSession> start_session(Transaction& transaction, WallTime now, const SignInConfig& config,
                                 const std::string& user_id, const Client& client) {
  NewSession made;
  made.secret = ledger::new_secret("");
  Session& session = made.session;
  session.id = ledger::new_id(now);
  session.user_id = user_id;
  session.csrf_token = ledger::new_secret("");
  session.created_at = session.last_seen_at = to_ms(now);
  session.expires_at = to_ms(now + config.session);
  session.address = net::to_string(client.address);
  session.user_agent = ledger::printable(client.user_agent, kUserAgentLimit);

  TRY_VOID(transaction.run("DELETE FROM sign_in_session WHERE expires_at <= $1", {to_ms(now)}));
  TRY_VOID(
      transaction.run("DELETE FROM sign_in_session WHERE account_id = $1 AND id NOT IN"
                      " (SELECT id FROM sign_in_session WHERE account_id = $1 ORDER BY id DESC LIMIT $2)",
                      {user_id, kSessionsPerUser - 1}));
  TRY_VOID(
      transaction.run("INSERT INTO sign_in_session (id, account_id, secret_hash, csrf_token, created_at,"
                      " last_seen_at, expires_at, address, user_agent) VALUES ($1, $2, $3, $4, $5, $5, $6, $7, $8)",
                      {session.id, user_id, ledger::hash_secret(made.secret), session.csrf_token, session.created_at,
                       session.expires_at, session.address, session.user_agent}));
  return made;
}

Result<std::optional<Session>> find_session(Transaction& transaction, WallTime now, const SignInConfig& config,
                                            std::string_view secret) {
  TRY(const auto rows,
      transaction.run(fmt::format("SELECT {} FROM sign_in_session WHERE secret_hash = $1 AND last_seen_at > $2"
                                  " AND expires_at > $3",
                                  kSessionColumns),
                      {ledger::hash_secret(secret), to_ms(now - config.idle), to_ms(now)}));
  if (rows.empty()) return std::nullopt;
  return read_session(rows[0]);
}

Result<Session> find_session_by_id(Transaction& transaction, const std::string& id) {
  TRY(const auto rows,
      transaction.run(fmt::format("SELECT {} FROM sign_in_session WHERE id = $1", kSessionColumns), {id}));
  if (rows.empty()) return refuse(ProblemKind::kNotFound, "there is no session {}", id);
  return read_session(rows[0]);
}

Result<std::vector<Listed<Session>>> list_sessions(Transaction& transaction, WallTime now, const SignInConfig& config,
                                                   const std::string& user_id, const PageQuery& page) {
  std::vector<database::Value> values = {user_id, to_ms(now - config.idle), to_ms(now)};
  std::string sql = fmt::format(
      "SELECT {}, {} FROM sign_in_session WHERE account_id = $1 AND last_seen_at > $2"
      " AND expires_at > $3",
      kSessionColumns, page.key());
  sql += page.where("id", values);
  sql += page.order("id");
  TRY(const auto rows, transaction.run(sql, values));
  std::vector<Listed<Session>> list;
  for (const auto& row : rows) list.push_back({read_session(row), row.value(row.size() - 1)});
  return list;
}

bool wants_touch(const Session& session, WallTime now, const SignInConfig& config) {
  return to_ms(now) - session.last_seen_at >= std::min(kTouchInterval, config.idle / 2).count();
}

Result<> touch_session(Transaction& transaction, WallTime now, const std::string& id) {
  TRY_VOID(transaction.run("UPDATE sign_in_session SET last_seen_at = $2 WHERE id = $1 AND last_seen_at < $2",
                           {id, to_ms(now)}));
  return {};
}

Result<> end_session(Transaction& transaction, WallTime now, const Actor& actor, const std::string& user_id,
                     const std::string& id) {
  TRY(const auto rows,
      transaction.run("DELETE FROM sign_in_session WHERE id = $1 AND account_id = $2 RETURNING address",
                      {id, user_id}));
  if (rows.empty()) return refuse(ProblemKind::kNotFound, "you have no session {}", id);
  AuditRecord entry;
  entry.action = "session.delete";
  entry.kind = "session";
  entry.object_id = id;
  entry.object_name = rows[0].text(0);
  return ledger::record(transaction, now, actor, entry);
}

Result<> end_sessions(Transaction& transaction, const std::string& user_id, std::string_view kept) {
  TRY_VOID(transaction.run("DELETE FROM sign_in_session WHERE account_id = $1 AND id <> $2", {user_id, kept}));
  return {};
}

}  // namespace larder::identity
