// /device-authorizations, /token, /device-codes.
#include <map>

#include "api/form.h"
#include "api/portal_url.h"
#include "api/route.h"
#include "core/json.h"
#include "endpoints/all_routes.h"
#include "identity/device_sign_in.h"
#include "ledger/text_gate.h"
#include "ledger/time.h"

namespace larder::endpoints {
namespace {

using api::Call;
using api::Form;
using api::Mode;
using api::Needs;
using api::Request;
using api::Response;
using api::RouteTable;
using database::Transaction;
using ledger::ProblemKind;
using ledger::refuse;
using ledger::Result;

constexpr std::string_view kGrant = "urn:ietf:params:oauth:grant-type:device_code";
constexpr std::size_t kFieldsAtMost = 20;

using Fields = std::map<std::string, std::string, std::less<>>;

bool is_readable(std::string_view text) {
  return !ledger::text_problem(text, {.most = std::size_t{1} << 20, .shape = ledger::TextShape::kTyped});
}

bool is_form(const Request& request) {
  const std::string* type = request.field("Content-Type");
  return type == nullptr || type->starts_with("application/x-www-form-urlencoded");
}

/// The body as names and texts, however it is spelt; what is no text is left out. nullopt: it is nothing of the kind,
/// no text, or says something twice, which RFC 6749 (section 3.1) forbids.
std::optional<Fields> read_fields(const Request& request) {
  Fields fields;
  if (is_form(request)) {
    Request form;
    form.query = request.body;
    for (auto& [name, value] : form.parameters()) {
      if (!is_readable(value) || fields.size() == kFieldsAtMost ||
          !fields.emplace(std::move(name), std::move(value)).second) {
        return std::nullopt;
      }
    }
    return fields;
  }
  const auto body = parse_json_object(request.body);
  if (!body) return std::nullopt;
  for (const auto& member : *body) {
    const auto* text = member.value().if_string();
    if (text != nullptr && is_readable(*text)) fields.emplace(member.key(), std::string(*text));
  }
  return fields;
}

std::string field(const Fields& fields, std::string_view name) {
  const auto found = fields.find(name);
  return found == fields.end() ? "" : found->second;
}

Response not_kept(Response response) {
  response.with("Cache-Control", "no-store");
  return response;
}

/// For programs that read problems and for those that read RFC 6749.
std::unexpected<ledger::Problem> refuse_oauth(std::string_view error, std::string detail) {
  ledger::Problem problem(ProblemKind::kMalformed, std::move(detail));
  problem.members["error"] = error;
  problem.members["error_description"] = problem.detail;
  return std::unexpected(std::move(problem));
}

Result<> may_authorize(Call& call) {
  return identity::check_device(call.transaction(), call.now(), call.request.client);
}

Result<Response> authorize(Call& call) {
  const auto fields = read_fields(call.request);
  if (!fields) return refuse_oauth("invalid_request", "the body should be a form or a JSON object, each name once");
  if (field(*fields, "client_id") != identity::kDeviceClient) {
    return refuse_oauth("invalid_client", fmt::format("client_id should be '{}'", identity::kDeviceClient));
  }
  std::optional<identity::Scopes> scopes;
  if (const std::string wanted = field(*fields, "scope"); !wanted.empty()) {
    auto parsed = identity::parse_scopes(wanted);
    if (!parsed) return refuse_oauth("invalid_scope", parsed.error().text);
    if (!parsed->empty()) scopes = *std::move(parsed);
  }
  TRY(const auto made, identity::begin_device(call.transaction(), call.now(), scopes, call.request.client));
  const std::string page = api::portal_url(call) + "/device";
  boost::json::object body;
  body["device_code"] = made.device_code;
  body["user_code"] = made.user_code;
  body["verification_uri"] = page;
  body["verification_uri_complete"] = page + "?user_code=" + made.user_code;
  body["expires_in"] = std::chrono::seconds(identity::kDeviceCodeLife).count();
  body["interval"] = identity::kDeviceInterval;
  return not_kept(Response::json(body));
}

Response oauth_error(std::string_view error, std::string_view description) {
  return not_kept(Response::json(boost::json::object{{"error", error}, {"error_description", description}}, 400));
}

std::string_view describe(identity::DeviceRefusal refusal) {
  switch (refusal) {
    case identity::DeviceRefusal::kPending: return "nobody has approved the code yet";
    case identity::DeviceRefusal::kSlowDown: return "ask less often: wait five seconds longer than until now";
    case identity::DeviceRefusal::kDenied: return "the code was refused";
    case identity::DeviceRefusal::kExpired: return "the code is unknown, was used already, or has expired";
  }
  return "";
}

Response give(const identity::NewToken& made, WallTime now) {
  boost::json::object body;
  body["access_token"] = made.secret;
  body["token_type"] = "Bearer";
  body["expires_in"] = (*made.token.expires_at - ledger::to_ms(now)) / 1000;
  body["scope"] = to_string(made.token.scopes);
  return not_kept(Response::json(body));
}

Result<Response> token(Call& call) {
  const auto fields = read_fields(call.request);
  if (!fields) return oauth_error("invalid_request", "the body should be a form, each name once");
  const std::string grant = field(*fields, "grant_type");
  if (grant.empty()) return oauth_error("invalid_request", "grant_type is missing");
  if (grant != kGrant) return oauth_error("unsupported_grant_type", fmt::format("grant_type should be {}", kGrant));
  const std::string code = field(*fields, "device_code");
  if (code.empty() || field(*fields, "client_id") != identity::kDeviceClient) {
    return oauth_error("invalid_request", "device_code and the client_id that asked for it belong here");
  }
  // Unknown codes cost strangers nothing: they must not cost the database more than a look.
  TRY(const auto early, call.services.database.read([&](Transaction& transaction) {
    return identity::look_at_device(transaction, call.now(), code);
  }));
  if (early) return oauth_error(to_string(*early), describe(*early));
  TRY(const auto answer, call.services.database.write([&](Transaction& transaction) {
    return identity::poll_device(transaction, call.now(), code, call.request.client);
  }));
  if (const auto* refusal = std::get_if<identity::DeviceRefusal>(&answer)) {
    return oauth_error(to_string(*refusal), describe(*refusal));
  }
  return give(std::get<identity::NewToken>(answer), call.now());
}

Result<> refuse_tokens(const Call& call) {
  if (call.caller().via == ledger::Via::kSession) return {};
  return refuse(ProblemKind::kForbidden, "devices are approved by people with a browser, not by an API token");
}

/// Its own transaction, for a code that is not there counts.
Result<identity::DeviceCode> find(Call& call) {
  TRY(auto code, call.write([&](Transaction& transaction) {
    return identity::find_device(transaction, call.now(), call.caller(), call.argument("user_code"));
  }));
  if (!code) {
    return refuse(ProblemKind::kNotFound, "no device waits with the code {}; codes are good for 15 minutes",
                  call.argument("user_code"));
  }
  return *std::move(code);
}

Result<Response> show(Call& call) {
  TRY_VOID(refuse_tokens(call));
  TRY(const auto code, find(call));
  boost::json::object body;
  body["user_code"] = code.user_code;
  body["client"] = code.client;
  body["scopes"] = to_json(identity::scopes_for(code, call.caller().admin));
  body["address"] = code.address;
  body["created_at"] = ledger::time_to_string(code.created_at);
  body["expires_at"] = ledger::time_to_string(code.expires_at);
  return Response::json(body);
}

Result<Response> decide(Call& call) {
  TRY_VOID(refuse_tokens(call));
  ledger::FieldProblems problems;
  Form form(call.body, problems);
  const std::string decision = form.demanded_word("decision", {"approve", "deny"});
  form.refuse_unknown();
  TRY_VOID(problems.verdict());
  TRY(const auto code, find(call));
  TRY_VOID(call.write([&](Transaction& transaction) {
    return identity::decide_device(transaction, call.now(), call.actor(), code, decision == "approve");
  }));
  return Response::no_content();
}

}  // namespace

void add_device_routes(RouteTable& table) {
  using identity::Scope;
  table.add({.method = "POST",
             .path = "/device-authorizations",
             .needs = Needs::kNothing,
             .scope = std::nullopt,
             .mode = Mode::kWrite,
             .handler = authorize,
             .answers_secret = true,
             .json_body = false,
             .gate = may_authorize});
  table.add({.method = "POST",
             .path = "/token",
             .needs = Needs::kNothing,
             .scope = std::nullopt,
             .mode = Mode::kOwn,
             .handler = token,
             .answers_secret = true,
             .json_body = false});
  table.add({"GET", "/device-codes/{user_code}", Needs::kSignedIn, Scope::kManage, Mode::kOwn, show});
  table.add({"POST", "/device-codes/{user_code}", Needs::kSignedIn, Scope::kManage, Mode::kOwn, decide});
}

}  // namespace larder::endpoints
