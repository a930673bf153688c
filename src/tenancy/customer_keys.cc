#include "tenancy/customer_keys.h"

#include <boost/json/object.hpp>

#include "ledger/audit.h"
#include "ledger/secret.h"
#include "ledger/time.h"

namespace larder::tenancy {
namespace {

using database::Transaction;
using database::Value;
using ledger::Actor;
using ledger::AuditRecord;
using ledger::Result;
using ledger::time_to_string;
using ledger::to_ms;

constexpr std::string_view kCustomerPrefix = "lck_";

}  // namespace

Result<> make_customer_keys(Transaction& transaction, WallTime now, std::string_view organisation_id) {
  for (const std::string_view slot : {"primary", "secondary"}) {
    TRY_VOID(
        transaction.run("INSERT INTO customer_key (organisation_id, slot, secret, created_at)"
                        " VALUES ($1, $2, $3, $4)",
                        {organisation_id, slot, ledger::new_secret(kCustomerPrefix), to_ms(now)}));
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
                             const ledger::OrganisationRef& organisation, std::string_view slot) {
  TRY_VOID(
      transaction.run("UPDATE customer_key SET secret = $3, created_at = $4"
                      " WHERE organisation_id = $1 AND slot = $2",
                      {organisation.id, slot, ledger::new_secret(kCustomerPrefix), to_ms(now)}));
  AuditRecord entry;
  entry.organisation_id = organisation.id;
  entry.action = "customer_key.rotate";
  entry.kind = "organisation";
  entry.object_id = organisation.id;
  entry.object_name = organisation.name;
  entry.after = boost::json::object{{"slot", slot}};
  return ledger::record(transaction, now, actor, entry);
}

}  // namespace larder::tenancy
