// /session, /sign-in-methods
#include <boost/json/array.hpp>

#include "api/form.h"
#include "api/route.h"
#include "api/session_cookie.h"
#include "endpoints/all_routes.h"
#include "endpoints/session_json.h"
#include "identity/api_tokens.h"
#include "identity/sessions.h"
#include "identity/sign_in.h"

namespace larder::endpoints {
namespace {

using api::Call;
using api::Form;
using api::Mode;
using api::Response;
using api::RouteTable;
using identity::Scope;
using ledger::Result;

identity::Credentials read_credentials(const Call& call, ledger::FieldProblems& problems) {
  Form form(call.body, problems);
  identity::Credentials credentials;
  credentials.email = form.demanded_text("email", {.least = 1, .most = 254});
  // Compared and not kept: some have names that none may get any more.
  credentials.organisation = form.text("organisation", {.least = 1, .shape = ledger::TextShape::kTyped});
  credentials.password = form.demanded_text("password", api::kPassword);
  credentials.code = form.text("totp", {.least = 1, .most = 50, .shape = ledger::TextShape::kTyped});
  form.refuse_unknown();
  return credentials;
}

Result<Response> start(Call& call) {
  ledger::FieldProblems problems;
  const identity::Credentials credentials = read_credentials(call, problems);
  TRY_VOID(problems.verdict());
  const auto& config = call.services.config.sign_in;
  TRY(const auto made,
      identity::sign_in(call.services.database, config, call.now(), credentials, client_of(call.request)));
  TRY(auto body, call.services.database.read(
                     [&](database::Transaction& transaction) { return new_session_json(transaction, made.session); }));
  Response response = Response::json(body, 201);
  api::set_session_cookie(response, call.request, made.secret, config.session);
  api::set_browser_cookie(response, call, made.browser);
  response.with("Cache-Control", "no-store");
  return response;
}

Result<Response> show(Call& call) {
  TRY(auto body, session_json(call.transaction(), call.caller()));
  Response response = Response::json(body);
  response.with("Cache-Control", "no-store");
  return response;
}

Result<Response> end(Call& call) {
  const auto& caller = call.caller();
  if (caller.via == ledger::Via::kToken) {
    TRY_VOID(
        identity::revoke_token(call.transaction(), call.now(), call.actor(), caller.user_id, caller.credential_id));
    return Response::no_content();
  }
  TRY_VOID(identity::end_session(call.transaction(), call.now(), call.actor(), caller.user_id, caller.credential_id));
  Response response = Response::no_content();
  api::clear_session_cookie(response, call.request);
  return response;
}

Result<Response> methods(Call& call) {
  boost::json::object body;
  body["password"] = true;
  body["single_sign_on"] = nullptr;
  if (const auto& provider = call.services.config.single_sign_on) {
    body["single_sign_on"] = boost::json::object{{"name", provider->name}, {"url", "/api/v1/single-sign-on/start"}};
  }
  return Response::json(body);
}

}  // namespace

void add_sign_in_routes(RouteTable& table) {
  table.add({.method = "POST",
             .path = "/session",
             .needs = api::Needs::kNothing,
             .mode = Mode::kOwn,
             .handler = start,
             .answers_secret = true,
             .lane = api::Lane::kPasswords,
             .secrets = {"password", "totp"}});
  table.add({.method = "GET", .path = "/session", .scope = Scope::kRead, .handler = show});
  table.add({.method = "DELETE",
             .path = "/session",
             .scope = Scope::kManage,
             .mode = Mode::kWrite,
             .handler = end,
             .own_token = true});
  table.add({.method = "GET",
             .path = "/sign-in-methods",
             .needs = api::Needs::kNothing,
             .mode = Mode::kNone,
             .handler = methods});
}

}  // namespace larder::endpoints
