#include "api/authenticate.h"

#include "api/session_cookie.h"
#include "identity/api_tokens.h"
#include "identity/sessions.h"
#include "identity/users.h"
#include "ledger/secret.h"

namespace larder::api {
namespace {

using database::Transaction;
using identity::Principal;
using ledger::ProblemKind;
using ledger::refuse;
using ledger::Result;

// Known: whom a credential belongs to, and whether it is time to note that it was used.
struct Known {
  Principal principal;
  std::string csrf_token;
  bool wants_touch = false;
};

Result<std::optional<Known>> by_token(const Services& services, Transaction& transaction, std::string_view secret) {
  if (!identity::is_token(secret)) return std::nullopt;
  TRY(const auto token, identity::find_token(transaction, services.clock.wall(), secret));
  if (!token) return std::nullopt;
  TRY(auto principal, identity::load_principal(transaction, token->user_id));
  if (!principal) return std::nullopt;
  principal->via = ledger::Via::kToken;
  principal->credential_id = token->id;
  principal->token_expires_at = token->expires_at;
  principal->scopes = token->scopes;
  // A token without the scope `admin` is that of somebody who is no administrator: what it may see and do are the roles
  // that its owner has as a member.
  principal->admin = principal->admin && principal->may(identity::Scope::kAdmin);
  if (!principal->admin) principal->scopes.erase(identity::Scope::kAdmin);
  return Known{*std::move(principal), "", identity::wants_touch(*token, services.clock.wall())};
}

Result<std::optional<Known>> by_session(const Services& services, Transaction& transaction, std::string_view secret) {
  const WallTime now = services.clock.wall();
  TRY(const auto session, identity::find_session(transaction, now, services.config.sign_in, secret));
  if (!session) return std::nullopt;
  TRY(auto principal, identity::load_principal(transaction, session->user_id));
  if (!principal) return std::nullopt;
  principal->via = ledger::Via::kSession;
  principal->credential_id = session->id;
  principal->scopes = identity::scopes_of(true);  // a session does whatever its user may
  return Known{*std::move(principal), session->csrf_token,
               identity::wants_touch(*session, now, services.config.sign_in)};
}

/// nullopt: the request carries no credentials. Errors: kUnauthenticated.
Result<std::optional<Known>> find_known(const Services& services, Transaction& transaction, const Request& request) {
  TRY(const auto bearer, bearer_token(request));
  const auto cookie = session_cookie(request);
  if (!bearer && !cookie) return std::nullopt;
  TRY(auto known, bearer ? by_token(services, transaction, *bearer) : by_session(services, transaction, *cookie));
  if (known) return known;
  return refuse(ProblemKind::kUnauthenticated, "{}",
                bearer ? "the API token is wrong, has expired or was revoked" : "the session has ended; sign in again");
}

Result<> check_csrf(const Request& request, const Known& known) {
  if (request.method == "GET" || request.method == "HEAD") return {};
  const std::string* sent = request.field("X-CSRF-Token");
  if (sent != nullptr && ledger::same_secret(*sent, known.csrf_token)) return {};
  return refuse(ProblemKind::kCsrf, "send the csrf_token of GET /api/v1/session in the field X-CSRF-Token");
}

/// Notes that a credential was used. A database that takes no writes now is no reason to refuse whoever only reads.
Result<> touch(const Services& services, const Known& known) {
  if (!known.wants_touch) return {};
  auto touched = services.database.write([&](Transaction& transaction) -> Result<> {
    const auto& id = known.principal.credential_id;
    return known.principal.via == ledger::Via::kToken ? identity::touch_token(transaction, services.clock.wall(), id)
                                                      : identity::touch_session(transaction, services.clock.wall(), id);
  });
  if (!touched && touched.error().kind == ProblemKind::kUnavailable) return {};
  return touched;
}

}  // namespace

Result<std::optional<Principal>> authenticate(const Services& services, const Request& request) {
  if (request.field("Authorization") == nullptr && !session_cookie(request)) return std::nullopt;
  TRY(const auto known,
      services.database.read([&](Transaction& transaction) { return find_known(services, transaction, request); }));
  if (!known) return std::nullopt;
  if (known->principal.via == ledger::Via::kSession) {
    TRY_VOID(check_csrf(request, *known));
  }
  TRY_VOID(touch(services, *known));
  return known->principal;
}

Result<std::optional<Principal>> identify(const Services& services, Transaction& transaction, const Request& request) {
  TRY(auto known, find_known(services, transaction, request));
  return known ? std::optional(std::move(known->principal)) : std::nullopt;
}

}  // namespace larder::api
