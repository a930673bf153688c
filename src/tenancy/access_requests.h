// Access requests: how an organisation that nobody here knows asks to be let in. An administrator decides: approving
// makes the organisation and invites who asked as its owner.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/clock.h"
#include "database/database.h"
#include "identity/principal.h"
#include "ledger/page_query.h"
#include "ledger/problem.h"
#include "net/address.h"
#include "tenancy/invitations.h"
#include "tenancy/organisations.h"

namespace larder::tenancy {

struct AccessRequest {
  std::string id;
  std::string organisation_name;
  ledger::OrganisationKind kind = ledger::OrganisationKind::kEnterprise;
  std::optional<std::int64_t> asn;
  Contact contact;
  std::string message;
  std::string state = "open";  // or "approved", "refused"
  std::optional<std::string> reason;
  std::int64_t created_at = 0;
  std::optional<std::int64_t> decided_at;
  std::optional<std::string> decided_by_id;
  std::optional<std::string> decided_by_name;
  std::optional<ledger::OrganisationRef> organisation;  // that was made of it, if it is still there
};

boost::json::object to_json(const AccessRequest& request);

struct AccessWish {
  std::string organisation_name;
  ledger::OrganisationKind kind = ledger::OrganisationKind::kEnterprise;
  std::optional<std::int64_t> asn;
  Contact contact;
  std::string message;
};
/// Whether anything that is asked from `address` now would be refused; writes nothing. Errors: kTooManyAttempts,
/// kUnavailable, as create_access_request().
ledger::Result<> check_access_request(database::Transaction& transaction, WallTime now, const net::IpAddress& address);
/// Errors: kInvalid (a name like an id, an enterprise with an ASN), kTooManyAttempts (from this network, or as many of
/// its site are open as may), kUnavailable (too many are open).
ledger::Result<AccessRequest> create_access_request(database::Transaction& transaction, WallTime now,
                                                    const AccessWish& wish, const net::IpAddress& address);

/// Sorted by expressions over `r`. `state`: nullopt is all.
ledger::Result<std::vector<ledger::Listed<AccessRequest>>> list_access_requests(database::Transaction& transaction,
                                                                                const std::optional<std::string>& state,
                                                                                const ledger::PageQuery& page);
/// Errors: kNotFound.
ledger::Result<AccessRequest> find_access_request(database::Transaction& transaction, const std::string& id);

struct AccessDecision {
  bool approved = false;
  std::optional<std::string> reason;
};
struct DecidedAccess {
  AccessRequest request;
  std::optional<NewInvitation> invitation;
};
/// Errors: kNotFound, kConflict (decided already, the organisation's name is in use).
ledger::Result<DecidedAccess> decide_access_request(database::Transaction& transaction, WallTime now,
                                                    const ledger::Actor& actor, const identity::Principal& decider,
                                                    const std::string& id, const AccessDecision& decision);

}  // namespace larder::tenancy
