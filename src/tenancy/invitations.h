// Invitations: who is asked to join an organisation, by a link that whoever invites hands on. Good once and for a week.
//
// No mail is sent, so whoever invites has the link too: taking it proves nothing about the address. An administrator's
// word is enough to make an account of it; an owner's makes an account that belongs to the organisation (users.h), and
// tells the owner nothing of accounts that there are.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "database/database.h"
#include "identity/principal.h"
#include "identity/users.h"
#include "ledger/page_query.h"
#include "ledger/problem.h"
#include "tenancy/members.h"

namespace larder::tenancy {

constexpr auto kInvitationLife = std::chrono::hours(24 * 7);
constexpr int kInvitationsAtMost = 500;  // of an organisation

struct Invitation {
  std::string id;
  std::string organisation_id;
  std::string email;
  identity::Role role = identity::Role::kViewer;
  std::string invited_by_id;
  std::string invited_by_name;
  bool email_vouched = false;  // an administrator invited them, and says whose the address is
  std::int64_t created_at = 0;
  std::int64_t expires_at = 0;
};

boost::json::object to_json(const Invitation& invitation);

struct NewInvitation {
  Invitation invitation;
  std::string token;  // shown once
};

/// Also those that expired of late.
ledger::Result<std::vector<ledger::Listed<Invitation>>> list_invitations(database::Transaction& transaction,
                                                                         const std::string& organisation_id,
                                                                         const ledger::PageQuery& page);

/// In place of an earlier one for the same e-mail. Errors: kConflict (a member already, too many invitations).
ledger::Result<NewInvitation> create_invitation(database::Transaction& transaction, WallTime now,
                                                const ledger::Actor& actor, const identity::Principal& inviter,
                                                const std::string& organisation_id, const std::string& email,
                                                identity::Role role);
/// Errors: kNotFound.
ledger::Result<> delete_invitation(database::Transaction& transaction, WallTime now, const ledger::Actor& actor,
                                   const std::string& organisation_id, const std::string& id);

/// The invitation of a token; nullopt if there is none, or if whoever invited could not do so any more.
ledger::Result<std::optional<Invitation>> find_invitation(database::Transaction& transaction, WallTime now,
                                                          std::string_view token);

/// Makes `user` a member; a role they have already is never made less. Errors: kNotFound (it was taken back since).
ledger::Result<Member> take_invitation(database::Transaction& transaction, WallTime now, const ledger::Actor& actor,
                                       const Invitation& invitation, const identity::User& user);

}  // namespace larder::tenancy
