#include "ledger/schema.h"

#include "ledger/embedded.h"

namespace larder::ledger {

std::span<const database::Migration> migrations() {
  static const database::Migration all[] = {
      {1, "organisations and users", embedded::s_0001_organisations_and_users_sql},
      {2, "audit and idempotency", embedded::s_0002_audit_and_idempotency_sql},
      {3, "sign-in", embedded::s_0003_sign_in_sql},
      {4, "resources and nodes", embedded::s_0004_resources_and_nodes_sql},
      {5, "IP space", embedded::s_0005_ip_space_sql},
      {6, "node labels", embedded::s_0006_node_labels_sql},
      {7, "proven addresses", embedded::s_0007_proven_addresses_sql},
      {8, "IP rejections", embedded::s_0008_ip_rejections_sql},
      {9, "shares of strangers", embedded::s_0009_shares_of_strangers_sql},
      {10, "browser seal", embedded::s_0010_browser_seal_sql},
      {11, "change log", embedded::s_0011_change_log_sql},
  };
  return all;
}

}  // namespace larder::ledger
