#include "api/routed_call.h"

#include <boost/json/serialize.hpp>

#include "api/idempotency.h"
#include "identity/api_tokens.h"
#include "identity/users.h"
#include "ledger/secret.h"
#include "tenancy/members.h"

namespace larder::api {
namespace {

using ledger::ProblemKind;
using ledger::refuse;
using ledger::Result;

constexpr int kClaimTries = 3;

/// Whose an Idempotency-Key is: what an answer shows depends on what its caller may see, so that a token that may see
/// less is not given it.
std::string owner_of(const identity::Principal& principal) {
  return fmt::format("{}{} {}", principal.user_id, principal.admin ? " admin" : "", to_string(principal.scopes));
}

/// The organisation that the path names; nullopt: it names none, or one that is not there.
Result<std::optional<std::string>> organisation_of(database::Transaction& transaction, const PathNames& path) {
  for (const auto& [name, value] : path) {
    std::string_view sql;
    if (name == "organisation") sql = "SELECT id FROM organisation WHERE id = $1";
    if (name == "resource") sql = "SELECT organisation_id FROM resource WHERE id = $1";
    if (name == "node") sql = "SELECT organisation_id FROM node WHERE id = $1";
    if (sql.empty()) continue;
    if (!ledger::is_id(value)) return std::optional<std::string>();
    TRY(const auto rows, transaction.run(sql, {value}));
    return rows.empty() ? std::nullopt : std::optional(rows[0].text(0));
  }
  return std::optional<std::string>();
}

identity::Role role_for(Needs needs) {
  if (needs == Needs::kViewer) return identity::Role::kViewer;
  return needs == Needs::kOperator ? identity::Role::kOperator : identity::Role::kOwner;
}

bool needs_role(const Route& route) {
  return route.needs == Needs::kViewer || route.needs == Needs::kOperator || route.needs == Needs::kOwner;
}

Result<> check_role(Call& call, const Route& route, database::Transaction& transaction) {
  if (!needs_role(route)) return {};
  TRY(const auto organisation, organisation_of(transaction, call.path));
  if (!organisation) return not_found(call.request);
  const auto role = call.caller().role_in(*organisation);
  if (!role) return not_found(call.request);
  if (*role < role_for(route.needs)) {
    return refuse(ProblemKind::kForbidden, "this takes the role {}; yours in this organisation is {}",
                  to_string(route.needs), to_string(*role));
  }
  call.organisation_id = *organisation;
  return {};
}

/// Whether a token does to itself what every token may do to itself.
bool is_about_itself(const Route& route, const PathNames& path, const identity::Principal& principal) {
  if (!route.own_token || principal.via != ledger::Via::kToken) return false;
  return path.empty() || path.front().second == principal.credential_id;
}

// Carrier: what run() does. Nothing of it changes when its transaction has to be run again.
struct Carrier : RoutedCall {
  Call make_call() const {
    Call call(request, services, body);
    call.principal = principal;
    call.path = path;
    return call;
  }

  /// What the handler answers to a caller who may ask; with a key, what it answered the first time.
  Result<Response> in(database::Transaction& transaction, const std::optional<Idempotency>& idempotency) const {
    Call call = make_call();
    TRY_VOID(route.mode == Mode::kWrite ? look_again(call, transaction) : check_role(call, route, transaction));
    call.open_transaction = &transaction;
    if (!idempotency) return route.handler(call);
    TRY(auto before, idempotency->claim(transaction, services.clock.wall()));
    if (before) return *std::move(before);
    TRY(auto response, route.handler(call));
    TRY_VOID(idempotency->keep(transaction, response, holds_secrets()));
    return response;
  }

  Result<Response> write(const std::optional<Idempotency>& idempotency) const {
    return services.database.write([&](database::Transaction& transaction) { return in(transaction, idempotency); });
  }

  /// Who asks was found out before the transaction, which may have waited long: whether it still holds.
  Result<> look_again(Call& call, database::Transaction& transaction) const {
    if (!principal) return {};
    TRY(call.principal, identify(transaction));
    TRY_VOID(check_caller(route, path, call.principal));
    TRY_VOID(check_role(call, route, transaction));
    identity::confirm_principal(transaction, *call.principal);
    if (!acts_as_owner(call)) return {};
    return tenancy::act_as_owner(transaction, call.organisation_id, call.principal->user_id);
  }

  /// What owners alone do is about members, and one who was made an owner may want to leave.
  bool acts_as_owner(const Call& call) const {
    return route.needs == Needs::kOperator && !call.principal->admin &&
           call.principal->role_in(call.organisation_id) == identity::Role::kOwner;
  }

  Result<Response> own(const std::optional<Idempotency>& idempotency) const {
    Call call = make_call();
    call.look_again = [&](database::Transaction& transaction) { return look_again(call, transaction); };
    if (needs_role(route)) {
      TRY_VOID(services.database.read(
          [&](database::Transaction& transaction) { return check_role(call, route, transaction); }));
    }
    if (!idempotency) return route.handler(call);
    TRY(auto before, services.database.write([&](database::Transaction& transaction) {
      return idempotency->claim(transaction, services.clock.wall());
    }));
    if (before) return *std::move(before);
    auto response = route.handler(call);
    TRY_VOID(services.database.write([&](database::Transaction& transaction) {
      return response ? idempotency->keep(transaction, *response, holds_secrets()) : idempotency->release(transaction);
    }));
    return response;
  }

  Result<std::optional<Idempotency>> find_idempotency() const {
    // Signing in again is what is wanted of a repeat, and never somebody else's answer.
    if (route.needs == Needs::kNothing && route.answers_secret) return std::optional<Idempotency>();
    return Idempotency::of(request, principal ? std::optional(owner_of(*principal)) : std::nullopt, content());
  }

  /// Of the request or its answer: then it cannot be told whether another request is the same, nor answered the same.
  bool holds_secrets() const { return route.answers_secret || !route.secrets.empty(); }

  /// What the body says, without secrets: of what is kept of it those could be guessed.
  std::string content() const {
    if (route.secrets.empty()) return request.body;
    boost::json::object rest = body;
    for (const std::string_view secret : route.secrets) rest.erase(secret);
    return boost::json::serialize(rest);
  }

  Result<> pass_gate() const {
    if (!route.gate) return {};
    return services.database.read([&](database::Transaction& transaction) {
      Call call = make_call();
      call.open_transaction = &transaction;
      return route.gate(call);
    });
  }

  Result<Response> run() const {
    if (route.mode == Mode::kNone) {
      Call call = make_call();
      return route.handler(call);
    }
    if (route.mode == Mode::kRead) {
      TRY_VOID(pass_gate());
      return services.database.read([&](database::Transaction& transaction) { return in(transaction, std::nullopt); });
    }
    TRY(const auto idempotency, find_idempotency());
    if (idempotency && route.gate) {
      // Whether it would be let in now, after what was done then, is no question for a repeat.
      TRY(auto before, services.database.read([&](database::Transaction& transaction) {
        return idempotency->find(transaction, services.clock.wall());
      }));
      if (before) return *std::move(before);
    }
    TRY_VOID(pass_gate());
    if (route.mode == Mode::kOwn) return own(idempotency);
    // Two with one key at the same moment: the second sees the first one's answer in a transaction of its own.
    for (int i = 1;; ++i) {
      auto answer = write(idempotency);
      const bool beaten = !answer && answer.error().kind == ProblemKind::kIdempotencyInProgress;
      if (!beaten || i == kClaimTries) return answer;
    }
  }
};

}  // namespace

Result<> check_caller(const Route& route, const PathNames& path, const std::optional<identity::Principal>& principal) {
  if (route.needs == Needs::kNothing) return {};
  if (!principal) return refuse(ProblemKind::kUnauthenticated, "sign in, or send an API token as a bearer token");
  if (route.needs == Needs::kAdmin && !principal->admin) {
    return refuse(ProblemKind::kForbidden, "only administrators of the portal may do this{}",
                  principal->via == ledger::Via::kToken ? ", with a token that has the scope 'admin'" : "");
  }
  if (route.scope && !principal->may(*route.scope) && !is_about_itself(route, path, *principal)) {
    return refuse(ProblemKind::kForbidden, "this token lacks the scope '{}'", to_string(*route.scope));
  }
  return {};
}

std::unexpected<ledger::Problem> not_found(const Request& request) {
  return refuse(ProblemKind::kNotFound, "there is nothing at {} that you may see", request.path);
}

ledger::Result<Response> RoutedCall::run() const { return Carrier{*this}.run(); }

}  // namespace larder::api
