// Members: who may do what in an organisation. An organisation that has an owner keeps one.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "core/clock.h"
#include "database/database.h"
#include "portal/organisation_ref.h"
#include "portal/page_query.h"
#include "portal/principal.h"
#include "portal/problem.h"

namespace larder::portal {

struct Member {
  std::string user_id;
  std::string name;
  std::string email;
  bool email_verified = true;
  Role role = Role::kViewer;
  std::int64_t since = 0;
};

boost::json::object to_json(const Member& member);

/// Sorted by expressions over `a` (account) and `m` (membership).
Result<std::vector<Listed<Member>>> list_members(database::Transaction& transaction, const std::string& organisation_id,
                                                 const PageQuery& page);

/// nullopt: the user is no member.
Result<std::optional<Member>> find_member(database::Transaction& transaction, const std::string& organisation_id,
                                          const std::string& user_id);

/// Whether somebody becomes an owner by what they do themselves (they accept an invitation, the organisation is made
/// for them), or because others say so, until they act as one: ip_rejections.h asks.
enum class OwnerBy { kThemselves, kOthers };

/// Gives a user this role, whether or not they are a member already. An account that belongs to no organisation, though
/// nobody has verified its e-mail, belongs to this one from then on.
/// Errors: kNotFound (no such user), kConflict (the last owner would be none; the account belongs to another
/// organisation).
Result<Member> put_member(database::Transaction& transaction, WallTime now, const Actor& actor,
                          const std::string& organisation_id, const std::string& user_id, Role role,
                          OwnerBy by = OwnerBy::kOthers);

/// Makes the account with this e-mail address an owner of an organisation that was just made.
/// Errors: kInvalid at /owner_email (there is no such account: invite them instead).
Result<> add_first_owner(database::Transaction& transaction, WallTime now, const Actor& actor,
                         const OrganisationRef& organisation, std::string_view email);

/// An owner of the organisation manages what it has, its nodes or addresses, whoever made them one.
Result<> act_as_owner(database::Transaction& transaction, const std::string& organisation_id,
                      const std::string& user_id);

/// Also deletes the account if it belongs to the organisation.
/// Errors: kNotFound (no member), kConflict (the last owner).
Result<> remove_member(database::Transaction& transaction, WallTime now, const Actor& actor,
                       const std::string& organisation_id, const std::string& user_id);

}  // namespace larder::portal
