// /single-sign-on: to the sign-in provider and back.
#include <memory>
#include <mutex>

#include "api/portal_url.h"
#include "api/route.h"
#include "api/session_cookie.h"
#include "endpoints/all_routes.h"
#include "endpoints/session_json.h"
#include "identity/sign_in.h"
#include "identity/sign_in_provider.h"
#include "identity/single_sign_on.h"
#include "ledger/audit.h"
#include "ledger/secret.h"
#include "ledger/text.h"

namespace larder::endpoints {
namespace {

using api::Call;
using api::Response;
using api::RouteTable;
using database::Transaction;
using ledger::ProblemKind;
using ledger::refuse;
using ledger::Result;

// Held by both routes: what is known of the provider, from the first request on.
class Provider {
 public:
  Result<identity::SignInProvider*> of(const Call& call) {
    if (!call.services.config.single_sign_on) {
      return refuse(ProblemKind::kNotFound, "this portal has no sign-in provider");
    }
    const std::lock_guard lock(mutex_);
    if (!provider_) provider_.emplace(*call.services.config.single_sign_on, call.services.clock);
    return &*provider_;
  }

 private:
  std::mutex mutex_;
  std::optional<identity::SignInProvider> provider_;
};

identity::SignInProvider::Question question_of(const Call& call, const identity::PendingSignOn& pending) {
  return {.redirect_uri = api::portal_url(call) + "/api/v1/single-sign-on/callback",
          .state = pending.state,
          .nonce = pending.nonce,
          .code_verifier = pending.code_verifier};
}

Response redirect(std::string to) {
  Response response;
  response.status = 302;
  response.with("Location", std::move(to)).with("Cache-Control", "no-store");
  return response;
}

Result<> may_start(Call& call) { return identity::check_sign_on(call.transaction(), call.now(), call.request.client); }

Result<Response> start(Provider& shared, Call& call) {
  TRY(auto* provider, shared.of(call));
  const std::string return_to = call.request.parameter("return_to").value_or("/");
  if (!api::is_local_path(return_to)) {
    ledger::FieldProblems problems;
    problems.add("?return_to", "it must be a path on this portal, such as /device");
    return std::unexpected(problems.verdict().error());
  }
  // First, for it may be out: what cannot be begun does not count.
  const identity::PendingSignOn pending = identity::new_sign_on(return_to);
  TRY(auto url, provider->authorization_url(question_of(call, pending)));
  TRY_VOID(call.services.database.write([&](Transaction& transaction) {
    return identity::begin_sign_on(transaction, call.now(), pending, call.request.client);
  }));
  Response response = redirect(std::move(url));
  api::set_state_cookie(response, call.request, pending.state, identity::kSingleSignOnPatience);
  return response;
}

/// Whether `state` is of this very browser, and anything was begun with it: both may be made up.
Result<bool> was_begun(const Call& call, const std::optional<std::string>& state) {
  const auto cookie = api::state_cookie(call.request);
  if (!state || !cookie || !ledger::same_secret(*state, *cookie)) return false;
  return call.services.database.read(
      [&](Transaction& transaction) { return identity::knows_sign_on(transaction, call.now(), *state); });
}

Result<identity::PendingSignOn> take_pending(const Call& call) {
  const auto state = call.request.parameter("state");
  TRY(const bool begun, was_begun(call, state));
  if (begun) {
    TRY(auto pending, call.services.database.write([&](Transaction& transaction) {
      return identity::take_sign_on(transaction, call.now(), *state);
    }));
    if (pending) return *std::move(pending);
  }
  return refuse(ProblemKind::kMalformed, "this sign-in was not begun here, or more than ten minutes ago; begin anew");
}

Result<std::string> take_code(const Call& call) {
  if (const auto error = call.request.parameter("error")) {
    return refuse(ProblemKind::kUnauthenticated, "the sign-in provider refused");
  }
  const auto issuer = call.request.parameter("iss");  // RFC 9207
  auto code = call.request.parameter("code");
  if (!code || (issuer && *issuer != call.services.config.single_sign_on->issuer)) {
    return refuse(ProblemKind::kMalformed, "the sign-in provider's answer has no code, or is another provider's");
  }
  return *std::move(code);
}

/// A refusal is a change too: of the audit log.
Result<> record_refusal(const Call& call, const identity::IdToken& identity) {
  return call.services.database.write([&](Transaction& transaction) {
    ledger::AuditRecord entry;
    entry.action = "sign-in.fail";
    entry.kind = "user";
    entry.object_name = ledger::printable(identity.email.empty() ? identity.subject : identity.email, 254);
    return ledger::record(transaction, call.now(), ledger::nobody(call.request.client, entry.object_name), entry);
  });
}

Result<Response> sign_in(Provider& shared, Call& call) {
  TRY(auto* provider, shared.of(call));
  TRY(const auto pending, take_pending(call));
  TRY(const std::string code, take_code(call));
  TRY(const auto identity, provider->identify(question_of(call, pending), code));
  const auto& config = call.services.config;
  auto made = call.services.database.write([&](Transaction& transaction) -> Result<identity::NewSession> {
    TRY(const auto user,
        identity::user_of(transaction, call.now(), *config.single_sign_on, identity, call.request.client));
    TRY_VOID(identity::forget_sign_on(transaction, pending));
    return identity::start_signed_in(transaction, call.now(), config.sign_in, user, client_of(call.request));
  });
  if (!made) {
    if (made.error().kind == ProblemKind::kForbidden) {
      TRY_VOID(record_refusal(call, identity));
    }
    return std::unexpected(std::move(made).error());
  }
  Response response = redirect(pending.return_to);
  api::set_session_cookie(response, call.request, made->secret, config.sign_in.session);
  api::set_browser_cookie(response, call, made->browser);
  return response;
}

/// What /sign-in?error= says of a problem.
std::string_view word_of(ProblemKind kind) {
  switch (kind) {
    case ProblemKind::kForbidden: return "no-account";
    case ProblemKind::kUnauthenticated: return "refused";
    case ProblemKind::kUnavailable: return "unavailable";
    default: return "expired";
  }
}

Result<Response> finish(Provider& shared, Call& call) {
  auto response = sign_in(shared, call);
  if (!response) {
    const std::string* accept = call.request.field("Accept");
    const bool wants_json = accept != nullptr && accept->find("application/json") != std::string::npos;
    const ProblemKind kind = response.error().kind;
    if (wants_json || kind == ProblemKind::kNotFound || kind == ProblemKind::kInternal) return response;
    if (!response.error().internal.empty()) {
      call.services.log.write(Level::kWarning, "single sign-on failed",
                              [&](JsonLine& line) { line.add("reason", response.error().internal); });
    }
    response = redirect(fmt::format("/sign-in?error={}", word_of(kind)));
  }
  api::clear_state_cookie(*response, call.request);
  return response;
}

}  // namespace

void add_single_sign_on_routes(RouteTable& table) {
  const auto shared = std::make_shared<Provider>();
  table.add({.method = "GET",
             .path = "/single-sign-on/start",
             .needs = api::Needs::kNothing,
             .scope = std::nullopt,
             .mode = api::Mode::kOwn,
             .handler = [shared](Call& call) { return start(*shared, call); },
             .lane = api::Lane::kProvider,
             .gate = may_start,
             .is_page = true,
             .is_chosen = true});
  table.add({.method = "GET",
             .path = "/single-sign-on/callback",
             .needs = api::Needs::kNothing,
             .scope = std::nullopt,
             .mode = api::Mode::kOwn,
             .handler = [shared](Call& call) { return finish(*shared, call); },
             .lane = api::Lane::kProvider,
             .is_page = true});
}

}  // namespace larder::endpoints
