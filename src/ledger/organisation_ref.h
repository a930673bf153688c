// OrganisationRef: what an organisation is called, where it is only pointed to, and which one people mean.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "database/database.h"
#include "ledger/problem.h"

namespace larder::ledger {

enum class OrganisationKind { kIsp, kEnterprise };
std::string_view to_string(OrganisationKind kind);
/// REQUIRES: "isp" or "enterprise".
OrganisationKind organisation_kind(std::string_view text);

struct OrganisationRef {
  std::string id;
  std::string name;
  OrganisationKind kind = OrganisationKind::kEnterprise;
};
boost::json::object to_json(const OrganisationRef& ref);

/// The id of the organisation that people mean: by its id or, if none has that, by its name; letters' case does not
/// count. nullopt: there is none.
Result<std::optional<std::string>> find_organisation_id(database::Transaction& transaction,
                                                        std::string_view id_or_name);

}  // namespace larder::ledger
