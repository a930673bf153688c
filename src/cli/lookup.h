// Lookup: which object a person means by a name. Ids are taken everywhere a name is.
//
// An organisation or resource that is not named is the only one that the caller sees, if there is only one.
#pragma once

#include <boost/json/value.hpp>
#include <string>

#include "cli/context.h"

namespace larder::cli {

struct Found {
  std::string id;
  std::string name;
  boost::json::value object;
};

/// {"deleted": {"id", "name"}}: what --json prints where the portal answers nothing.
boost::json::value deleted_json(const Found& found);

bool is_id(std::string_view text);

// Errors: kNotFound; kUsage (several are called so: their list is in the lines; or none was named and there are
// several).

Result<Found> find_organisation(Context& context, const std::string& name);
/// Narrows a list to this organisation; to nothing less if `name` is "".
Result<> filter_by_organisation(Context& context, const std::string& name, Fields& filters);
Result<Found> find_resource(Context& context, const std::string& name, const std::string& organisation);
/// In an organisation that is known already.
Result<Found> find_resource(Context& context, const std::string& name, const Found& organisation);
Result<Found> find_node(Context& context, const std::string& name, const std::string& organisation,
                        const std::string& resource);
Result<Found> find_user(Context& context, const std::string& email);
/// A member of the organisation, by e-mail address.
Result<Found> find_member(Context& context, const Found& organisation, const std::string& email);

}  // namespace larder::cli
