#include "api/idempotency.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "ledger/secret.h"
#include "ledger/time.h"

namespace larder::api {
namespace {

using ledger::ProblemKind;

constexpr int kBeingAnswered = -1;
constexpr int kSecretNotKept = 0;
constexpr std::size_t kKeyLimit = 200;

bool is_key(std::string_view key) {
  if (key.empty() || key.size() > kKeyLimit) return false;
  for (const char c : key) {
    if (c < 0x21 || c > 0x7e) return false;
  }
  return true;
}

Response kept_response(const database::Row& row) {
  Response response;
  response.status = static_cast<int>(row.number(1));
  response.content_type = row.text(2);
  const auto fields = boost::json::parse(row.text(3));
  for (const auto& field : fields.as_object()) response.with(field.key(), std::string(field.value().as_string()));
  response.body = row.text(4);
  return std::move(response.with("Idempotency-Replayed", "true"));
}

}  // namespace

Idempotency::Idempotency(std::string owner, std::string key_hash, std::string request_hash)
    : owner_(std::move(owner)), key_hash_(std::move(key_hash)), request_hash_(std::move(request_hash)) {}

ledger::Result<std::optional<Idempotency>> Idempotency::of(const Request& request,
                                                           const std::optional<std::string>& owner,
                                                           std::string_view content) {
  const std::string* key = request.field("Idempotency-Key");
  if (key == nullptr || request.method != "POST") return std::optional<Idempotency>();
  if (!is_key(*key)) {
    return ledger::refuse(ProblemKind::kMalformed, "Idempotency-Key must be 1 to {} visible ASCII characters",
                          kKeyLimit);
  }
  const std::string whole = fmt::format("{}\n{} {}?{}\n{}", *key, request.method, request.path, request.query, content);
  const std::string request_hash = ledger::hash_secret(whole);
  const std::string whose = owner ? *owner : fmt::format("{} {}", net::to_string(request.client), request_hash);
  return std::optional(Idempotency(whose, ledger::hash_secret(*key), request_hash));
}

ledger::Result<std::optional<Response>> Idempotency::claim(database::Transaction& transaction, WallTime now) const {
  TRY(const auto claimed,
      transaction.run(
          "INSERT INTO idempotency (account_id, idempotency_key, request_hash, status, content_type,"
          " fields_json, body, created_at) VALUES ($1, $2, $3, $4, '', '{}', '', $5)"
          " ON CONFLICT (account_id, idempotency_key) DO UPDATE SET request_hash = excluded.request_hash,"
          " status = excluded.status, created_at = excluded.created_at"
          " WHERE idempotency.created_at <= $6 OR (idempotency.status = $4 AND idempotency.created_at <= $7)",
          {owner_, key_hash_, request_hash_, kBeingAnswered, ledger::to_ms(now), ledger::to_ms(now - kKept),
           ledger::to_ms(now - kAbandoned)}));
  if (claimed.changed == 1) return std::optional<Response>();

  TRY(auto before, find(transaction, now));
  if (before) return before;
  ledger::Problem problem(ProblemKind::kIdempotencyInProgress,
                          "a request with this Idempotency-Key is being answered; ask again in a moment");
  problem.retry_after_s = 1;
  return std::unexpected(std::move(problem));
}

ledger::Result<std::optional<Response>> Idempotency::find(database::Transaction& transaction, WallTime now) const {
  TRY(const auto rows, transaction.run("SELECT request_hash, status, content_type, fields_json, body FROM idempotency"
                                       " WHERE account_id = $1 AND idempotency_key = $2 AND created_at > $3",
                                       {owner_, key_hash_, ledger::to_ms(now - kKept)}));
  if (rows.empty() || rows[0].number(1) == kBeingAnswered) return std::optional<Response>();
  if (rows[0].text(0) != request_hash_) {
    return ledger::refuse(ProblemKind::kIdempotencyMismatch,
                          "this Idempotency-Key was used for another request; take a new one for a new request");
  }
  if (rows[0].number(1) == kSecretNotKept) {
    return ledger::refuse(ProblemKind::kAlreadyDone,
                          "a request with this Idempotency-Key was done already, and nothing was done now. What is "
                          "secret in it or its answer is not kept: this one may ask for something else, such as "
                          "another password. If you want it done, take another Idempotency-Key");
  }
  return std::optional(kept_response(rows[0]));
}

ledger::Result<> Idempotency::keep(database::Transaction& transaction, const Response& response, bool secret) const {
  boost::json::object fields;
  if (!secret) {
    for (const auto& [name, value] : response.fields) fields[name] = value;
  }
  TRY_VOID(
      transaction.run("UPDATE idempotency SET status = $3, content_type = $4, fields_json = $5, body = $6"
                      " WHERE account_id = $1 AND idempotency_key = $2",
                      {owner_, key_hash_, secret ? kSecretNotKept : response.status, response.content_type,
                       boost::json::serialize(fields), secret ? std::string() : response.body}));
  return {};
}

ledger::Result<> Idempotency::release(database::Transaction& transaction) const {
  TRY_VOID(transaction.run("DELETE FROM idempotency WHERE account_id = $1 AND idempotency_key = $2 AND status = $3",
                           {owner_, key_hash_, kBeingAnswered}));
  return {};
}

}  // namespace larder::api
