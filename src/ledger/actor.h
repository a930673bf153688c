// Actor: who did something, for the audit log.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "net/address.h"

namespace larder::ledger {

enum class Via { kSession, kToken, kSystem, kSignIn, kNobody };
std::string_view to_string(Via via);

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

}  // namespace larder::ledger
