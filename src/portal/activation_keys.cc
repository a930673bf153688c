#include "portal/activation_keys.h"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "portal/secret.h"
#include "portal/time.h"

namespace larder::portal {
namespace {

using database::Transaction;
using database::Value;

constexpr std::string_view kCustomerPrefix = "lck_";
constexpr std::string_view kRegistrationPrefix = "lrk_";

}  // namespace

Result<> make_customer_keys(Transaction& transaction, WallTime now, std::string_view organisation_id) {
  for (const std::string_view slot : {"primary", "secondary"}) {
    TRY_VOID(
        transaction.run("INSERT INTO customer_key (organisation_id, slot, secret, created_at)"
                        " VALUES ($1, $2, $3, $4)",
                        {organisation_id, slot, new_secret(kCustomerPrefix), to_ms(now)}));
  }
  return {};
}

Result<std::vector<CustomerKey>> customer_keys(Transaction& transaction, std::string_view organisation_id) {
  TRY(const auto rows, transaction.run("SELECT slot, secret, created_at FROM customer_key WHERE organisation_id = $1"
                                       " ORDER BY slot",
                                       {Value(organisation_id)}));
  std::vector<CustomerKey> keys;
  for (const auto& row : rows) keys.push_back({row.text(0), row.text(1), row.number(2)});
  return keys;
}

boost::json::array to_json(const std::vector<CustomerKey>& keys) {
  boost::json::array list;
  for (const CustomerKey& key : keys) {
    list.push_back(
        boost::json::object{{"slot", key.slot}, {"key", key.secret}, {"created_at", time_to_string(key.created_at)}});
  }
  return list;
}

Result<> rotate_customer_key(Transaction& transaction, WallTime now, const Actor& actor,
                             const OrganisationRef& organisation, std::string_view slot) {
  TRY_VOID(
      transaction.run("UPDATE customer_key SET secret = $3, created_at = $4"
                      " WHERE organisation_id = $1 AND slot = $2",
                      {organisation.id, slot, new_secret(kCustomerPrefix), to_ms(now)}));
  AuditRecord entry;
  entry.organisation_id = organisation.id;
  entry.action = "customer_key.rotate";
  entry.kind = "organisation";
  entry.object_id = organisation.id;
  entry.object_name = organisation.name;
  entry.after = boost::json::object{{"slot", slot}};
  return record(transaction, now, actor, entry);
}

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
  key.secret = new_secret(kRegistrationPrefix);
  key.expires_at = to_ms(now + good_for);
  TRY_VOID(
      transaction.run("INSERT INTO registration_key (node_id, secret_hash, expires_at, used_at, created_at)"
                      " VALUES ($1, $2, $3, NULL, $4) ON CONFLICT (node_id) DO UPDATE SET"
                      " secret_hash = $2, expires_at = $3, used_at = NULL, created_at = $4",
                      {node_id, hash_secret(key.secret), key.expires_at, to_ms(now)}));
  AuditRecord entry;
  entry.organisation_id = std::string(organisation_id);
  entry.action = "registration_key.issue";
  entry.kind = "node";
  entry.object_id = node_id;
  entry.object_name = node_name;
  entry.after = boost::json::object{{"expires_at", time_to_string(key.expires_at)}};
  TRY_VOID(record(transaction, now, actor, entry));
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
  TRY(const auto keys, customer_keys(transaction, organisation_id));
  bool known_customer = false;
  for (const CustomerKey& key : keys) known_customer |= same_secret(key.secret, customer_key);
  TRY(const auto rows, transaction.run("SELECT expires_at, used_at FROM registration_key"
                                       " WHERE node_id = $1 AND secret_hash = $2",
                                       {Value(node_id), Value(hash_secret(registration_key))}));
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

}  // namespace larder::portal
