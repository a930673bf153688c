// Organisations: who owns resources and cache nodes.
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

namespace larder::tenancy {

struct Contact {
  std::string name;
  std::string email;
  std::string phone;
};

struct Organisation {
  ledger::OrganisationRef ref;
  std::optional<std::int64_t> asn;  // of an ISP
  Contact contact;
  std::int64_t node_count = 0;
  std::int64_t version = 1;
  std::int64_t created_at = 0;
  std::int64_t updated_at = 0;
};

boost::json::object to_json(const Contact& contact);
boost::json::object to_json(const Organisation& organisation);

struct NewOrganisation {
  std::string name;
  ledger::OrganisationKind kind = ledger::OrganisationKind::kEnterprise;
  std::optional<std::int64_t> asn;
  Contact contact;
};

/// What an edit changes; nullopt stays as it is.
struct OrganisationEdit {
  std::optional<std::string> name;
  std::optional<std::optional<std::int64_t>> asn;
  std::optional<Contact> contact;
};

struct OrganisationFilter {
  std::optional<std::vector<std::string>> ids;  // nullopt: all
  std::optional<std::string> text;              // part of the name
  std::optional<std::string> kind;
};

/// Errors: kNotFound.
ledger::Result<Organisation> load_organisation(database::Transaction& transaction, std::string_view id);
/// Why no organisation may be called so, for people; nullopt: one may, if no other is.
std::optional<std::string> organisation_name_problem(std::string_view name);
ledger::Result<std::vector<ledger::Listed<Organisation>>> list_organisations(database::Transaction& transaction,
                                                                             const OrganisationFilter& filter,
                                                                             const ledger::PageQuery& page);

/// Also makes its two customer keys. Errors: kInvalid (the name is in use or looks like an id, an enterprise with an
/// ASN).
ledger::Result<Organisation> create_organisation(database::Transaction& transaction, WallTime now,
                                                 const ledger::Actor& actor, const NewOrganisation& wanted);
ledger::Result<Organisation> edit_organisation(database::Transaction& transaction, WallTime now,
                                               const ledger::Actor& actor, const Organisation& before,
                                               const OrganisationEdit& edit);
/// With its members, invitations, keys and empty resources. Errors: kNameMismatch; kConflict while it has nodes.
ledger::Result<> delete_organisation(database::Transaction& transaction, WallTime now, const ledger::Actor& actor,
                                     const Organisation& organisation, std::string_view name);

}  // namespace larder::tenancy
