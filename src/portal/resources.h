// Resources: named groups of cache nodes of one organisation.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "portal/audit.h"
#include "portal/organisation_ref.h"
#include "portal/page_query.h"
#include "portal/problem.h"
#include "portal/ref.h"

namespace larder::portal {

struct Resource {
  Ref ref;
  OrganisationRef organisation;
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
Result<Resource> load_resource(database::Transaction& transaction, std::string_view id);
Result<std::vector<Listed<Resource>>> list_resources(database::Transaction& transaction, const ResourceFilter& filter,
                                                     const PageQuery& page);
/// Errors: kInvalid (the organisation has one of that name).
Result<Resource> create_resource(database::Transaction& transaction, WallTime now, const Actor& actor,
                                 const OrganisationRef& organisation, std::string_view name, std::string_view notes);
Result<Resource> edit_resource(database::Transaction& transaction, WallTime now, const Actor& actor,
                               const Resource& before, const ResourceEdit& edit);
/// Errors: kNameMismatch; kConflict while it has nodes.
Result<> delete_resource(database::Transaction& transaction, WallTime now, const Actor& actor, const Resource& resource,
                         std::string_view name);

}  // namespace larder::portal
