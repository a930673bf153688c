// Principal: who asks, and what they may do. Actor: who did it, for the audit log.
#pragma once

#include <boost/json/value.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "core/result.h"
#include "net/address.h"

namespace larder::portal {

enum class Role { kViewer, kOperator, kOwner };  // in an organisation; each may do what the ones before it may
std::string_view to_string(Role role);
/// Errors: kInvalid.
larder::Result<Role> parse_role(std::string_view text);

enum class Scope { kRead, kKeys, kWrite, kManage, kAdmin };  // of an API token
std::string_view to_string(Scope scope);
larder::Result<Scope> parse_scope(std::string_view text);

enum class Via { kSession, kToken, kSystem, kSignIn, kNobody };
std::string_view to_string(Via via);

struct Principal {
  std::string user_id;
  std::string email;
  bool email_verified = true;
  std::string name;
  bool admin = false;
  std::map<std::string, Role, std::less<>> roles;  // by organisation id
  Via via = Via::kSession;
  std::string credential_id;                     // of the session or token
  std::optional<std::int64_t> token_expires_at;  // of a token that does
  std::set<Scope> scopes;

  /// Whether an organisation is visible, and with which role. Admins are owners everywhere.
  std::optional<Role> role_in(std::string_view organisation_id) const;
  bool may(Scope scope) const { return scopes.contains(scope); }
};

struct Actor {
  std::optional<std::string> user_id;
  std::string name = "system";
  Via via = Via::kSystem;
  std::optional<net::IpAddress> address;
  std::optional<std::string> claims;  // the e-mail that somebody without proof says is theirs
};

/// An e-mail as the log shows it: one that nobody has proven is marked, for its owner may be somebody else.
std::string audit_name(const std::string& email, bool verified);

/// Somebody who has not proven who they are, whatever they say of themselves.
Actor nobody(const net::IpAddress& address, std::optional<std::string> claims);

}  // namespace larder::portal
