#include "fleet/registration_keys.h"

#include <boost/json/object.hpp>

#include "ledger/audit.h"
#include "ledger/secret.h"
#include "ledger/time.h"
#include "tenancy/customer_keys.h"

namespace larder::fleet {
namespace {

using database::Transaction;
using database::Value;
using ledger::Actor;
using ledger::AuditRecord;
using ledger::ProblemKind;
using ledger::refuse;
using ledger::Result;
using ledger::time_to_string;
using ledger::to_ms;

constexpr std::string_view kRegistrationPrefix = "lrk_";

}  // namespace

Result<RegistrationKeyState> registration_key_state(Transaction& transaction, WallTime now, std::string_view node_id) {
  TRY(const auto rows,
      transaction.run("SELECT expires_at, used_at FROM registration_key WHERE node_id = $1", {Value(node_id)}));
  RegistrationKeyState key;
  key.state = "none";
  if (rows.empty()) return key;
  key.expires_at = rows[0].number(0);
  key.used_at = rows[0].optional_number(1);
  key.state = key.used_at ? "used" : *key.expires_at <= to_ms(now) ? "expired" : "valid";
  return key;
}

Result<RegistrationKey> issue_registration_key(Transaction& transaction, WallTime now, const Actor& actor,
                                               std::string_view organisation_id, std::string_view node_id,
                                               std::string_view node_name, std::chrono::hours good_for) {
  RegistrationKey key;
  key.secret = ledger::new_secret(kRegistrationPrefix);
  key.expires_at = to_ms(now + good_for);
  TRY_VOID(
      transaction.run("INSERT INTO registration_key (node_id, secret_hash, expires_at, used_at, created_at)"
                      " VALUES ($1, $2, $3, NULL, $4) ON CONFLICT (node_id) DO UPDATE SET"
                      " secret_hash = $2, expires_at = $3, used_at = NULL, created_at = $4",
                      {node_id, ledger::hash_secret(key.secret), key.expires_at, to_ms(now)}));
  AuditRecord entry;
  entry.organisation_id = std::string(organisation_id);
  entry.action = "registration_key.issue";
  entry.kind = "node";
  entry.object_id = node_id;
  entry.object_name = node_name;
  entry.after = boost::json::object{{"expires_at", time_to_string(key.expires_at)}};
  TRY_VOID(ledger::record(transaction, now, actor, entry));
  return key;
}

Result<> redeem_registration_key(Transaction& transaction, WallTime now, std::string_view organisation_id,
                                 std::string_view node_id, std::string_view customer_key,
                                 std::string_view registration_key) {
  const auto wrong = [] {
    return refuse(ProblemKind::kUnauthenticated,
                  "these activation keys do not fit together; copy them anew from the node's page");
  };
  TRY(const auto node, transaction.run("SELECT id FROM node WHERE id = $1 AND organisation_id = $2",
                                       {Value(node_id), Value(organisation_id)}));
  TRY(const auto keys, tenancy::customer_keys(transaction, organisation_id));
  bool known_customer = false;
  for (const tenancy::CustomerKey& key : keys) known_customer |= ledger::same_secret(key.secret, customer_key);
  TRY(const auto rows, transaction.run("SELECT expires_at, used_at FROM registration_key"
                                       " WHERE node_id = $1 AND secret_hash = $2",
                                       {Value(node_id), Value(ledger::hash_secret(registration_key))}));
  if (node.empty() || !known_customer || rows.empty()) return wrong();
  if (!rows[0].is_null(1)) {
    return refuse(ProblemKind::kUnauthenticated, "this registration key was used before; have a new one issued");
  }
  if (rows[0].number(0) <= to_ms(now)) {
    return refuse(ProblemKind::kUnauthenticated, "this registration key expired at {}; have a new one issued",
                  time_to_string(rows[0].number(0)));
  }
  TRY_VOID(transaction.run("UPDATE registration_key SET used_at = $2 WHERE node_id = $1",
                           {Value(node_id), Value(to_ms(now))}));
  return {};
}

}  // namespace larder::fleet
