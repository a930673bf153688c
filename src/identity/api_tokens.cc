#include "identity/api_tokens.h"

#include <algorithm>

#include "ledger/audit.h"
#include "ledger/secret.h"
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
constexpr std::size_t kShownPrefix = 8;    // "ldr_ab12"
constexpr std::size_t kSecretLength = 43;  // 256 bits in base64url
constexpr std::size_t kWordsAtMost = 20;

constexpr std::string_view kTokenColumns =
    "id, account_id, name, scopes, secret_prefix, created_at, expires_at, last_used_at";

ApiToken read_token(const database::Row& row) {
  ApiToken token;
  token.id = row.text(0);
  token.user_id = row.text(1);
  token.name = row.text(2);
  // A scope that a later version gave and this one does not know gives nothing.
  if (auto scopes = parse_scopes(row.text(3))) token.scopes = *std::move(scopes);
  token.prefix = row.text(4);
  token.created_at = row.number(5);
  token.expires_at = row.optional_number(6);
  token.last_used_at = row.optional_number(7);
  return token;
}

boost::json::value time_or_null(const std::optional<std::int64_t>& ms) {
  return ms ? boost::json::value(time_to_string(*ms)) : boost::json::value(nullptr);
}

AuditRecord audit_of(std::string action, const std::string& id, const std::string& name) {
  AuditRecord entry;
  entry.action = std::move(action);
  entry.kind = "token";
  entry.object_id = id;
  entry.object_name = name;
  return entry;
}

}  // namespace

larder::Result<Scopes> parse_scopes(std::string_view text) {
  Scopes scopes;
  for (std::size_t words = 0; !text.empty(); ++words) {
    if (words == kWordsAtMost) return fail(Errc::kInvalid, "there are more words than scopes");
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    if (word.empty()) continue;
    TRY(const Scope scope, parse_scope(word));
    scopes.insert(scope);
  }
  return scopes;
}

std::string to_string(const Scopes& scopes) {
  std::string text;
  for (const Scope scope : scopes) text += (text.empty() ? "" : " ") + std::string(to_string(scope));
  return text;
}

boost::json::array to_json(const Scopes& scopes) {
  boost::json::array words;
  for (const Scope scope : scopes) words.emplace_back(to_string(scope));
  return words;
}

Scopes scopes_of(bool admin) {
  Scopes scopes = {Scope::kRead, Scope::kKeys, Scope::kWrite, Scope::kManage};
  if (admin) scopes.insert(Scope::kAdmin);
  return scopes;
}

boost::json::object to_json(const ApiToken& token) {
  boost::json::object object;
  object["id"] = token.id;
  object["name"] = token.name;
  object["scopes"] = to_json(token.scopes);
  object["created_at"] = time_to_string(token.created_at);
  object["expires_at"] = time_or_null(token.expires_at);
  object["last_used_at"] = time_or_null(token.last_used_at);
  object["prefix"] = token.prefix;
  return object;
}

bool is_token(std::string_view text) {
  if (!text.starts_with(kTokenPrefix) || text.size() != kTokenPrefix.size() + kSecretLength) return false;
  return std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

Result<NewToken> create_token(Transaction& transaction, WallTime now, const Actor& actor, const TokenWish& wish) {
  TRY(const auto count, transaction.run("SELECT COUNT(*) FROM api_token WHERE account_id = $1"
                                        " AND (expires_at IS NULL OR expires_at > $2)",
                                        {wish.user_id, to_ms(now)}));
  if (count[0].number(0) >= kTokensPerUser) {
    return refuse(ProblemKind::kConflict, "you have {} tokens, which is the most; delete one first", kTokensPerUser);
  }
  NewToken made;
  made.secret = ledger::new_secret(kTokenPrefix);
  ApiToken& token = made.token;
  token.id = ledger::new_id(now);
  token.user_id = wish.user_id;
  token.name = wish.name;
  token.scopes = wish.scopes;
  token.prefix = made.secret.substr(0, kShownPrefix);
  token.created_at = to_ms(now);
  token.expires_at = wish.expires_at;
  TRY_VOID(
      transaction.run("INSERT INTO api_token (id, account_id, name, secret_hash, secret_prefix, scopes, created_at,"
                      " expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                      {token.id, token.user_id, token.name, ledger::hash_secret(made.secret), token.prefix,
                       to_string(token.scopes), token.created_at, token.expires_at}));
  AuditRecord entry = audit_of("token.create", token.id, token.name);
  entry.after = to_json(token);
  TRY_VOID(ledger::record(transaction, now, actor, entry));
  return made;
}

Result<std::optional<ApiToken>> find_token(Transaction& transaction, WallTime now, std::string_view secret) {
  TRY(const auto rows, transaction.run(fmt::format("SELECT {} FROM api_token WHERE secret_hash = $1"
                                                   " AND (expires_at IS NULL OR expires_at > $2)",
                                                   kTokenColumns),
                                       {ledger::hash_secret(secret), to_ms(now)}));
  if (rows.empty()) return std::nullopt;
  return read_token(rows[0]);
}

Result<std::vector<Listed<ApiToken>>> list_tokens(Transaction& transaction, const std::string& user_id,
                                                  const PageQuery& page) {
  std::vector<database::Value> values = {user_id};
  std::string sql = fmt::format("SELECT {}, {} FROM api_token WHERE account_id = $1", kTokenColumns, page.key());
  sql += page.where("id", values);
  sql += page.order("id");
  TRY(const auto rows, transaction.run(sql, values));
  std::vector<Listed<ApiToken>> list;
  for (const auto& row : rows) list.push_back({read_token(row), row.value(row.size() - 1)});
  return list;
}

bool wants_touch(const ApiToken& token, WallTime now) {
  return !token.last_used_at || to_ms(now) - *token.last_used_at >= kTouchInterval.count();
}

Result<> touch_token(Transaction& transaction, WallTime now, const std::string& id) {
  TRY_VOID(transaction.run("UPDATE api_token SET last_used_at = $2 WHERE id = $1", {id, to_ms(now)}));
  return {};
}

Result<> revoke_token(Transaction& transaction, WallTime now, const Actor& actor, const std::string& user_id,
                      const std::string& id) {
  TRY(const auto rows,
      transaction.run(
          fmt::format("DELETE FROM api_token WHERE id = $1 AND account_id = $2 RETURNING {}", kTokenColumns),
          {id, user_id}));
  if (rows.empty()) return refuse(ProblemKind::kNotFound, "you have no token {}", id);
  const ApiToken token = read_token(rows[0]);
  AuditRecord entry = audit_of("token.delete", token.id, token.name);
  entry.before = to_json(token);
  return ledger::record(transaction, now, actor, entry);
}

Result<> revoke_tokens(Transaction& transaction, const std::string& user_id) {
  TRY_VOID(transaction.run("DELETE FROM api_token WHERE account_id = $1", {user_id}));
  return {};
}

}  // namespace larder::identity
