#include "api/api.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "api/authenticate.h"
#include "api/json_body.h"
#include "api/routed_call.h"
#include "api/session_cookie.h"
#include "core/shown.h"
#include "ledger/text_gate.h"

namespace larder::api {
namespace {

using ledger::ProblemKind;
using ledger::refuse;
using ledger::Result;

constexpr std::size_t kMostLogged = 1000;  // bytes of a reason, which may quote what others said
// Of a network, whose people are not signed in: far more than a house full of devices that wait to be let in asks.
constexpr identity::NetworkRate::Limit kStrangers = {.at_once = 300, .every = std::chrono::milliseconds(50)};

// Of a browser that signed in before: more than a person asks, and few, for each sign-in can make another such browser.
constexpr identity::NetworkRate::Limit kKnownBrowser = {.at_once = 20, .every = std::chrono::seconds(1)};

/// What a query may hold; its length is that of the head.
constexpr ledger::TextRule kQueryText = {.most = std::size_t{1} << 20, .shape = ledger::TextShape::kTyped};
constexpr std::ptrdiff_t kMostParameters = 100;  // several times what any route knows; each of them is decoded often

Result<> check_query(const Request& request) {
  if (const auto count = std::ranges::count(request.query, '&') + 1; count > kMostParameters) {
    return refuse(ProblemKind::kMalformed, "the query has {} parameters; nothing here takes more than {}", count,
                  kMostParameters);
  }
  for (const auto& [name, value] : request.parameters()) {
    if (const auto wrong = ledger::text_problem(name, kQueryText)) {
      return refuse(ProblemKind::kMalformed, "the name of a query parameter cannot be read: {}", wrong->detail);
    }
    if (const auto wrong = ledger::text_problem(value, kQueryText)) {
      return refuse(ProblemKind::kMalformed, "the query parameter '{}' cannot be read: {}", name, wrong->detail);
    }
  }
  return {};
}

/// What any web page can make its visitors' browsers ask, of the routes that need nobody's credentials: it would use up
/// what their network may ask.
Result<> refuse_foreign_pages(const Request& request, const Route& route, const ApiConfig& config) {
  if (route.needs != Needs::kNothing || route.mode == Mode::kNone) return {};
  if (!route.is_page) return refuse_other_sites(request, config);
  TRY_VOID(refuse_parts_of_pages(request));
  return route.is_chosen ? refuse_who_did_not_choose(request) : Result<>();
}

}  // namespace

Api::Api(Services services, RouteTable routes)
    : services_(std::move(services)), routes_(std::move(routes)), browsers_(kKnownBrowser) {
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
  if (rate == rates_.end()) return {};
  const SteadyTime now = services_.clock.now();
  const auto browser = sealed_browser(request, services_.browser_key);
  if (browser && browsers_.count_browser(now, *browser)) return {};
  return rate->second.count(now, request.client);
}

Response Api::answer(const Request& request) {
  auto principal = authenticate(services_, request);
  const auto match = match_of(request);
  if (!principal) {
    // Whoever signs in anew may well come with a session that has expired.
    if (match->route == nullptr || match->route->needs != Needs::kNothing) return refused(principal.error());
    return answer(request, *match, std::nullopt, nullptr);
  }
  const std::string user_id = *principal ? (*principal)->user_id : "";
  Response response = answer(request, *match, *std::move(principal), [&](database::Transaction& transaction) {
    return identify(services_, transaction, request);
  });
  response.user_id = user_id;
  return response;
}

std::optional<Response> Api::refuse_stranger(const Request& request) const {
  const auto principal = authenticate(services_, request);
  if (!principal) return refused(principal.error());
  if (*principal) return std::nullopt;
  return to_response(ledger::Problem(ProblemKind::kTooLarge, "large bodies are taken only from who is signed in"));
}

Response Api::answer(const Request& request, std::optional<identity::Principal> principal) {
  return answer(request, *match_of(request), principal, [&](database::Transaction&) { return principal; });
}

Response Api::answer(const Request& request, const RouteMatch& match, std::optional<identity::Principal> principal,
                     const Identify& identify) {
  auto answer = dispatch(request, match, std::move(principal), identify);
  if (answer) return *std::move(answer);
  Response response = refused(answer.error());
  if (response.status == 405) response.with("Allow", match.allow);
  return response;
}

Result<Response> Api::dispatch(const Request& request, const RouteMatch& match,
                               std::optional<identity::Principal> principal, const Identify& identify) {
  if (match.route == nullptr) {
    if (!match.problem.empty()) return refuse(ProblemKind::kMalformed, "{}", match.problem);
    if (match.allow.empty()) return not_found(request);
    return refuse(ProblemKind::kMethodNotAllowed, "{} is answered to {} only", request.path, match.allow);
  }
  TRY_VOID(check_caller(*match.route, match.path, principal));
  TRY_VOID(check_query(request));
  TRY_VOID(refuse_foreign_pages(request, *match.route, services_.config));
  if (!principal) {
    TRY_VOID(meter(request, *match.route));
  }
  boost::json::object body;
  if (match.route->json_body && request.method != "GET" && request.method != "HEAD") {
    TRY(body, read_json_body(request));
  }
  return RoutedCall{request, services_, *match.route, match.path, principal, identify, std::move(body)}.run();
}

std::shared_ptr<const RouteMatch> Api::match_of(const Request& request) const {
  if (request.match) return request.match;
  return std::make_shared<const RouteMatch>(routes_.find(request.method, request.path));
}

Response Api::refused(const ledger::Problem& problem) const {
  if (!problem.internal.empty()) {
    const Level level = problem.kind == ProblemKind::kInternal ? Level::kError : Level::kWarning;
    services_.log.write(level, "request failed",
                        [&](JsonLine& line) { line.add("reason", shown(problem.internal, kMostLogged)); });
  }
  return to_response(problem);
}

}  // namespace larder::api
