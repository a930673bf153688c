// Members: who may do what in an organisation. An organisation that has an owner keeps one.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "core/clock.h"
#include "database/database.h"
#include "identity/principal.h"
#include "ledger/organisation_ref.h"
#include "ledger/page_query.h"
#include "ledger/problem.h"

namespace larder::tenancy {

struct Member {
  std::string user_id;
  std::string name;
  std::string email;
  bool email_verified = true;
  identity::Role role = identity::Role::kViewer;
  std::int64_t since = 0;
};

boost::json::object to_json(const Member& member);

/// Sorted by expressions over `a` (account) and `m` (membership).
ledger::Result<std::vector<ledger::Listed<Member>>> list_members(database::Transaction& transaction,
                                                                 const std::string& organisation_id,
                                                                 const ledger::PageQuery& page);

/// nullopt: the user is no member.
ledger::Result<std::optional<Member>> find_member(database::Transaction& transaction,
                                                  const std::string& organisation_id, const std::string& user_id);

/// Whether somebody becomes an owner by what they do themselves (they accept an invitation, the organisation is made
/// for them), or because others say so, until they act as one: space/ip_rejections.h asks.
enum class OwnerBy { kThemselves, kOthers };

/// Gives a user this role, whether or not they are a member already. An account that belongs to no organisation, though
/// nobody has verified its e-mail, belongs to this one from then on.
/// Errors: kNotFound (no such user), kConflict (the last owner would be none; the account belongs to another
/// organisation).
ledger::Result<Member> put_member(database::Transaction& transaction, WallTime now, const ledger::Actor& actor,
                                  const std::string& organisation_id, const std::string& user_id, identity::Role role,
                                  OwnerBy by = OwnerBy::kOthers);

/// Makes the account with this e-mail address an owner of an organisation that was just made.
/// Errors: kInvalid at /owner_email (there is no such account: invite them instead).
ledger::Result<> add_first_owner(database::Transaction& transaction, WallTime now, const ledger::Actor& actor,
                                 const ledger::OrganisationRef& organisation, std::string_view email);

/// An owner of the organisation manages what it has, its nodes or addresses, whoever made them one.
ledger::Result<> act_as_owner(database::Transaction& transaction, const std::string& organisation_id,
                              const std::string& user_id);

/// Also deletes the account if it belongs to the organisation.
/// Errors: kNotFound (no member), kConflict (the last owner).
ledger::Result<> remove_member(database::Transaction& transaction, WallTime now, const ledger::Actor& actor,
                               const std::string& organisation_id, const std::string& user_id);

}  // namespace larder::tenancy
