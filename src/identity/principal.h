// Principal: who asks, and what they may do.
#pragma once

#include <boost/json/value.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "core/result.h"
#include "ledger/actor.h"

namespace larder::identity {

enum class Role { kViewer, kOperator, kOwner };  // in an organisation; each may do what the ones before it may
std::string_view to_string(Role role);
/// Errors: kInvalid.
larder::Result<Role> parse_role(std::string_view text);

enum class Scope { kRead, kKeys, kWrite, kManage, kAdmin };  // of an API token
std::string_view to_string(Scope scope);
larder::Result<Scope> parse_scope(std::string_view text);

struct Principal {
  std::string user_id;
  std::string email;
  bool email_verified = true;
  std::string name;
  bool admin = false;
  std::map<std::string, Role, std::less<>> roles;  // by organisation id
  ledger::Via via = ledger::Via::kSession;
  std::string credential_id;                     // of the session or token
  std::optional<std::int64_t> token_expires_at;  // of a token that does
  std::set<Scope> scopes;

  /// Whether an organisation is visible, and with which role. Admins are owners everywhere.
  std::optional<Role> role_in(std::string_view organisation_id) const;
  bool may(Scope scope) const { return scopes.contains(scope); }
};

}  // namespace larder::identity
