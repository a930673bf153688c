// /session, /sign-in-methods
#include <boost/json/array.hpp>

#include "api/all_routes.h"
#include "api/form.h"
#include "api/route.h"
#include "api/session_cookie.h"
#include "api/session_json.h"
#include "portal/api_tokens.h"
#include "portal/sessions.h"
#include "portal/sign_in.h"

namespace larder::api {
namespace {

using portal::Result;
using portal::Scope;

portal::Credentials read_credentials(const Call& call, portal::FieldProblems& problems) {
  Form form(call.body, problems);
  portal::Credentials credentials;
  credentials.email = form.demanded_text("email", {.least = 1, .most = 254});
  // Compared and not kept: some have names that none may get any more.
  credentials.organisation = form.text("organisation", {.least = 1, .shape = TextShape::kTyped});
  credentials.password = form.demanded_text("password", kPassword);
  credentials.code = form.text("totp", {.least = 1, .most = 50, .shape = TextShape::kTyped});
  form.refuse_unknown();
  return credentials;
}

Result<Response> start(Call& call) {
  portal::FieldProblems problems;
  const portal::Credentials credentials = read_credentials(call, problems);
  TRY_VOID(problems.verdict());
  const auto& config = call.services.config.sign_in;
  TRY(const auto made,
      portal::sign_in(call.services.database, config, call.now(), credentials, client_of(call.request)));
  TRY(auto body, call.services.database.read(
                     [&](database::Transaction& transaction) { return new_session_json(transaction, made.session); }));
  Response response = Response::json(body, 201);
  set_session_cookie(response, call.request, made.secret, config.session);
  set_browser_cookie(response, call, made.browser);
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
  if (caller.via == portal::Via::kToken) {
    TRY_VOID(portal::revoke_token(call.transaction(), call.now(), call.actor(), caller.user_id, caller.credential_id));
    return Response::no_content();
  }
  TRY_VOID(portal::end_session(call.transaction(), call.now(), call.actor(), caller.user_id, caller.credential_id));
  Response response = Response::no_content();
  clear_session_cookie(response, call.request);
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
             .needs = Needs::kNothing,
             .mode = Mode::kOwn,
             .handler = start,
             .answers_secret = true,
             .lane = Lane::kPasswords,
             .secrets = {"password", "totp"}});
  table.add({.method = "GET", .path = "/session", .scope = Scope::kRead, .handler = show});
  table.add({.method = "DELETE",
             .path = "/session",
             .scope = Scope::kManage,
             .mode = Mode::kWrite,
             .handler = end,
             .own_token = true});
  table.add(
      {.method = "GET", .path = "/sign-in-methods", .needs = Needs::kNothing, .mode = Mode::kNone, .handler = methods});
}

}  // namespace larder::api
