#include "ledger/actor.h"

#include <utility>

namespace larder::ledger {

std::string_view to_string(Via via) {
  switch (via) {
    case Via::kSession: return "session";
    case Via::kToken: return "token";
    case Via::kSystem: return "system";
    case Via::kSignIn: return "sign-in";
    case Via::kNobody: return "nobody";
  }
  return "";
}

std::string audit_name(const std::string& email, bool verified) { return verified ? email : email + " (not verified)"; }

Actor nobody(const net::IpAddress& address, std::optional<std::string> claims) {
  Actor actor;
  actor.name = "anonymous";
  actor.via = Via::kNobody;
  actor.address = address;
  actor.claims = std::move(claims);
  return actor;
}

}  // namespace larder::ledger
