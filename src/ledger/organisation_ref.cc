#include "ledger/organisation_ref.h"

#include "ledger/text.h"

namespace larder::ledger {

std::string_view to_string(OrganisationKind kind) { return kind == OrganisationKind::kIsp ? "isp" : "enterprise"; }

OrganisationKind organisation_kind(std::string_view text) {
  return text == "isp" ? OrganisationKind::kIsp : OrganisationKind::kEnterprise;
}

boost::json::object to_json(const OrganisationRef& ref) {
  return {{"id", ref.id}, {"name", ref.name}, {"kind", to_string(ref.kind)}};
}

Result<std::optional<std::string>> find_organisation_id(database::Transaction& transaction,
                                                        std::string_view id_or_name) {
  TRY(const auto rows, transaction.run("SELECT id FROM organisation WHERE id = $1 OR name_key = $1"
                                       " ORDER BY CASE WHEN id = $1 THEN 0 ELSE 1 END LIMIT 1",
                                       {to_lower(id_or_name)}));
  return rows.empty() ? std::nullopt : std::optional(rows[0].text(0));
}

}  // namespace larder::ledger
