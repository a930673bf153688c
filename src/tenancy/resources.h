// Resources: named groups of cache nodes of one organisation.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/audit.h"
#include "ledger/organisation_ref.h"
#include "ledger/page_query.h"
#include "ledger/problem.h"
#include "ledger/ref.h"

namespace larder::tenancy {

struct Resource {
  ledger::Ref ref;
  ledger::OrganisationRef organisation;
  std::string notes;
  std::int64_t node_count = 0;
  std::int64_t version = 1;
  std::int64_t created_at = 0;
  std::int64_t updated_at = 0;
};

boost::json::object to_json(const Resource& resource);

struct ResourceEdit {
  std::optional<std::string> name;
  std::optional<std::string> notes;
};

struct ResourceFilter {
  std::optional<std::vector<std::string>> organisations;  // nullopt: all
  std::optional<std::string> organisation;
  std::optional<std::string> text;  // part of the name
};

/// Errors: kNotFound.
ledger::Result<Resource> load_resource(database::Transaction& transaction, std::string_view id);
ledger::Result<std::vector<ledger::Listed<Resource>>> list_resources(database::Transaction& transaction,
                                                                     const ResourceFilter& filter,
                                                                     const ledger::PageQuery& page);
/// Errors: kInvalid (the organisation has one of that name).
ledger::Result<Resource> create_resource(database::Transaction& transaction, WallTime now, const ledger::Actor& actor,
                                         const ledger::OrganisationRef& organisation, std::string_view name,
                                         std::string_view notes);
ledger::Result<Resource> edit_resource(database::Transaction& transaction, WallTime now, const ledger::Actor& actor,
                                       const Resource& before, const ResourceEdit& edit);
/// Errors: kNameMismatch; kConflict while it has nodes.
ledger::Result<> delete_resource(database::Transaction& transaction, WallTime now, const ledger::Actor& actor,
                                 const Resource& resource, std::string_view name);

}  // namespace larder::tenancy
