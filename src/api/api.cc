#include "api/api.h"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <cstddef>
#include <utility>

#include "api/authenticate.h"
#include "api/idempotency.h"
#include "api/json_body.h"
#include "core/shown.h"
#include "portal/secret.h"
#include "portal/text_gate.h"

namespace larder::api {
namespace {

using portal::ProblemKind;
using portal::refuse;
using portal::Result;

constexpr int kClaimTries = 3;
constexpr std::size_t kMostLogged = 1000;  // bytes of a reason, which may quote what others said
// Of a network, whose people are not signed in: far more than a house full of devices that wait to be let in asks.
constexpr portal::NetworkRate::Limit kStrangers = {.at_once = 300, .every = std::chrono::milliseconds(50)};

/// What a query may hold; its length is that of the head.
constexpr portal::TextRule kQueryText = {.most = std::size_t{1} << 20, .shape = portal::TextShape::kTyped};
constexpr std::ptrdiff_t kMostParameters = 100;  // several times what any route knows; each of them is decoded often

Result<> check_query(const Request& request) {
  if (const auto count = std::ranges::count(request.query, '&') + 1; count > kMostParameters) {
    return refuse(ProblemKind::kMalformed, "the query has {} parameters; nothing here takes more than {}", count,
                  kMostParameters);
  }
  for (const auto& [name, value] : request.parameters()) {
    if (const auto wrong = portal::text_problem(name, kQueryText)) {
      return refuse(ProblemKind::kMalformed, "the name of a query parameter cannot be read: {}", wrong->detail);
    }
    if (const auto wrong = portal::text_problem(value, kQueryText)) {
      return refuse(ProblemKind::kMalformed, "the query parameter '{}' cannot be read: {}", name, wrong->detail);
    }
  }
  return {};
}

/// The organisation that the path names; nullopt: it names none, or one that is not there.
Result<std::optional<std::string>> organisation_of(database::Transaction& transaction, const PathNames& path) {
  for (const auto& [name, value] : path) {
    std::string_view sql;
    if (name == "organisation") sql = "SELECT id FROM organisation WHERE id = $1";
    if (name == "resource") sql = "SELECT organisation_id FROM resource WHERE id = $1";
    if (name == "node") sql = "SELECT organisation_id FROM node WHERE id = $1";
    if (sql.empty()) continue;
    if (!portal::is_id(value)) return std::optional<std::string>();
    TRY(const auto rows, transaction.run(sql, {value}));
    return rows.empty() ? std::nullopt : std::optional(rows[0].text(0));
  }
  return std::optional<std::string>();
}

std::unexpected<portal::Problem> not_found(const Request& request) {
  return refuse(ProblemKind::kNotFound, "there is nothing at {} that you may see", request.path);
}

portal::Role role_for(Needs needs) {
  if (needs == Needs::kViewer) return portal::Role::kViewer;
  return needs == Needs::kOperator ? portal::Role::kOperator : portal::Role::kOwner;
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
                  to_string(route.needs), portal::to_string(*role));
  }
  call.organisation_id = *organisation;
  return {};
}

/// Whether a token does to itself what every token may do to itself.
bool is_about_itself(const Route& route, const PathNames& path, const portal::Principal& principal) {
  if (!route.own_token || principal.via != portal::Via::kToken) return false;
  return path.empty() || path.front().second == principal.credential_id;
}

/// What needs no look into the database: signed in, admin, scope.
Result<> check_caller(const Route& route, const PathNames& path, const std::optional<portal::Principal>& principal) {
  if (route.needs == Needs::kNothing) return {};
  if (!principal) return refuse(ProblemKind::kUnauthenticated, "sign in, or send an API token as a bearer token");
  if (route.needs == Needs::kAdmin && !principal->admin) {
    return refuse(ProblemKind::kForbidden, "only administrators of the portal may do this{}",
                  principal->via == portal::Via::kToken ? ", with a token that has the scope 'admin'" : "");
  }
  if (route.scope && !principal->may(*route.scope) && !is_about_itself(route, path, *principal)) {
    return refuse(ProblemKind::kForbidden, "this token lacks the scope '{}'", portal::to_string(*route.scope));
  }
  return {};
}

// RoutedCall: everything about one request that does not change when its transaction has to be run again.
struct RoutedCall {
  const Request& request;
  const Services& services;
  const Route& route;
  const PathNames& path;
  const std::optional<portal::Principal>& principal;
  boost::json::object body;

  Call make_call() const {
    Call call(request, services, body);
    call.principal = principal;
    call.path = path;
    return call;
  }

  /// What the handler answers to a caller who may ask; with a key, what it answered the first time.
  Result<Response> in(database::Transaction& transaction, const std::optional<Idempotency>& idempotency) const {
    Call call = make_call();
    TRY_VOID(check_role(call, route, transaction));
    call.open_transaction = &transaction;
    if (!idempotency) return route.handler(call);
    TRY(auto before, idempotency->claim(transaction, services.clock.wall()));
    if (before) return *std::move(before);
    TRY(auto response, route.handler(call));
    TRY_VOID(idempotency->keep(transaction, response, route.answers_secret));
    return response;
  }

  Result<Response> write(const std::optional<Idempotency>& idempotency) const {
    return services.database.write([&](database::Transaction& transaction) { return in(transaction, idempotency); });
  }

  Result<Response> own(const std::optional<Idempotency>& idempotency) const {
    Call call = make_call();
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
      return response ? idempotency->keep(transaction, *response, route.answers_secret)
                      : idempotency->release(transaction);
    }));
    return response;
  }

  Result<std::optional<Idempotency>> find_idempotency() const {
    // Signing in again is what is wanted of a repeat, and never somebody else's answer.
    if (route.needs == Needs::kNothing && route.answers_secret) return std::optional<Idempotency>();
    return Idempotency::of(request, principal ? std::optional(principal->user_id) : std::nullopt, content());
  }

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
    TRY_VOID(pass_gate());
    if (route.mode == Mode::kRead) {
      return services.database.read([&](database::Transaction& transaction) { return in(transaction, std::nullopt); });
    }
    TRY(const auto idempotency, find_idempotency());
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

Api::Api(Services services) : services_(services) {
  add_description_routes(routes_);
  add_sign_in_routes(routes_);
  add_single_sign_on_routes(routes_);
  add_device_routes(routes_);
  add_account_routes(routes_);
  add_user_routes(routes_);
  add_organisation_routes(routes_);
  add_member_routes(routes_);
  add_access_request_routes(routes_);
  add_resource_routes(routes_);
  add_node_routes(routes_);
  add_ip_space_routes(routes_);
  add_audit_routes(routes_);
  for (const Route& route : routes_.all()) {
    if (route.needs == Needs::kNothing && route.mode != Mode::kNone) rates_.try_emplace(&route, kStrangers);
  }
}

Lane Api::route(Request& request) const {
  request.match = std::make_shared<const RouteMatch>(routes_.find(request.method, request.path));
  return request.match->route == nullptr ? Lane::kWorkers : request.match->route->lane;
}

Result<> Api::meter(const Request& request, const Route& route) {
  const auto rate = rates_.find(&route);
  return rate == rates_.end() ? Result<>() : rate->second.count(services_.clock.now(), request.client);
}

Response Api::answer(const Request& request) {
  auto principal = authenticate(services_, request);
  if (!principal) {
    // Whoever signs in anew may well come with a session that has expired.
    const auto match = match_of(request);
    if (match->route == nullptr || match->route->needs != Needs::kNothing) return refused(principal.error());
    return answer(request, std::nullopt);
  }
  const std::string user_id = *principal ? (*principal)->user_id : "";
  Response response = answer(request, *std::move(principal));
  response.user_id = user_id;
  return response;
}

std::optional<Response> Api::refuse_stranger(const Request& request) const {
  const auto principal = authenticate(services_, request);
  if (!principal) return refused(principal.error());
  if (*principal) return std::nullopt;
  return to_response(portal::Problem(ProblemKind::kTooLarge, "large bodies are taken only from who is signed in"));
}

Response Api::answer(const Request& request, std::optional<portal::Principal> principal) {
  const auto match = match_of(request);
  auto answer = dispatch(request, *match, std::move(principal));
  if (answer) return *std::move(answer);
  Response response = refused(answer.error());
  if (response.status == 405) response.with("Allow", match->allow);
  return response;
}

Result<Response> Api::dispatch(const Request& request, const RouteMatch& match,
                               std::optional<portal::Principal> principal) {
  if (match.route == nullptr) {
    if (!match.problem.empty()) return refuse(ProblemKind::kMalformed, "{}", match.problem);
    if (match.allow.empty()) return not_found(request);
    return refuse(ProblemKind::kMethodNotAllowed, "{} is answered to {} only", request.path, match.allow);
  }
  TRY_VOID(check_caller(*match.route, match.path, principal));
  TRY_VOID(check_query(request));
  if (!principal) {
    TRY_VOID(meter(request, *match.route));
  }
  boost::json::object body;
  if (match.route->json_body && request.method != "GET" && request.method != "HEAD") {
    TRY(body, read_json_body(request));
  }
  return RoutedCall{request, services_, *match.route, match.path, principal, std::move(body)}.run();
}

std::shared_ptr<const RouteMatch> Api::match_of(const Request& request) const {
  if (request.match) return request.match;
  return std::make_shared<const RouteMatch>(routes_.find(request.method, request.path));
}

Response Api::refused(const portal::Problem& problem) const {
  if (!problem.internal.empty()) {
    const Level level = problem.kind == ProblemKind::kInternal ? Level::kError : Level::kWarning;
    services_.log.write(level, "request failed",
                        [&](JsonLine& line) { line.add("reason", shown(problem.internal, kMostLogged)); });
  }
  return to_response(problem);
}

}  // namespace larder::api
