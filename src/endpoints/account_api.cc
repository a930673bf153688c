// /account: what people do with their own account.
#include <boost/json/array.hpp>
#include <boost/json/string.hpp>
#include <type_traits>

#include "api/form.h"
#include "api/page.h"
#include "api/route.h"
#include "endpoints/all_routes.h"
#include "identity/api_tokens.h"
#include "identity/password.h"
#include "identity/second_factor.h"
#include "identity/sessions.h"
#include "identity/sign_in.h"
#include "identity/user_changes.h"
#include "identity/users.h"
#include "ledger/time.h"

namespace larder::endpoints {
namespace {

using api::Call;
using api::Form;
using api::kPassword;
using api::Lane;
using api::Mode;
using api::Response;
using api::RouteTable;
using database::Transaction;
using identity::Scope;
using ledger::Result;

constexpr ledger::TextRule kName = {.least = 1, .most = 100};

Result<Response> show(Call& call) {
  TRY(const auto user, identity::find_user(call.transaction(), call.caller().user_id));
  return Response::json(to_json(user));
}

Result<Response> edit(Call& call) {
  ledger::FieldProblems problems;
  Form form(call.body, problems);
  identity::UserChange change;
  change.name = form.text("name", kName);
  form.refuse_unknown();
  TRY_VOID(problems.verdict());
  TRY(const auto user,
      identity::change_user(call.transaction(), call.now(), call.actor(), call.caller().user_id, change));
  return Response::json(to_json(user));
}

Result<std::string> confirm(const Call& call, std::string_view password, std::string_view pointer) {
  return identity::confirm_password(call.services.database, call.services.config.sign_in, call.now(), call.actor(),
                                    password, pointer);
}

/// Call::write() for what the password was confirmed for: it still has to be that one.
template <class F>
std::invoke_result_t<F&, Transaction&> write_confirmed(Call& call, const std::string& confirmed, F f) {
  return call.write([&](Transaction& transaction) -> std::invoke_result_t<F&, Transaction&> {
    TRY_VOID(identity::demand_password(transaction, call.caller().user_id, confirmed));
    return f(transaction);
  });
}

Result<Response> change_password(Call& call) {
  ledger::FieldProblems problems;
  Form form(call.body, problems);
  const std::string current = form.demanded_text("current", kPassword);
  const std::string wanted = form.demanded_text("new", kPassword);
  form.refuse_unknown();
  const auto& config = call.services.config.sign_in;
  if (problems.empty()) identity::judge_password(config, call.caller().email, wanted, "/new", problems);
  TRY_VOID(problems.verdict());
  TRY(const std::string confirmed, confirm(call, current, "/current"));
  TRY(const std::string hash, identity::hash_password(config, wanted));
  TRY_VOID(write_confirmed(call, confirmed, [&](Transaction& transaction) {
    return identity::set_password_hash(transaction, call.now(), call.actor(), call.caller().user_id, hash,
                                       call.caller().credential_id);
  }));
  return Response::no_content();
}

Result<std::string> confirm_by_form(const Call& call) {
  ledger::FieldProblems problems;
  Form form(call.body, problems);
  const std::string password = form.demanded_text("password", kPassword);
  form.refuse_unknown();
  TRY_VOID(problems.verdict());
  return confirm(call, password, "/password");
}

Result<Response> begin_totp(Call& call) {
  TRY(const std::string confirmed, confirm_by_form(call));
  TRY(const auto setup, write_confirmed(call, confirmed, [&](Transaction& transaction) {
        return identity::begin_totp(transaction, call.caller().user_id);
      }));
  return Response::json(boost::json::object{{"secret", setup.secret}, {"uri", setup.uri}});
}

Result<Response> confirm_totp(Call& call) {
  ledger::FieldProblems problems;
  Form form(call.body, problems);
  const std::string code = form.demanded_text("code", {.least = 1, .most = 20, .shape = ledger::TextShape::kTyped});
  form.refuse_unknown();
  TRY_VOID(problems.verdict());
  TRY(const auto codes,
      identity::confirm_totp(call.transaction(), call.now(), call.actor(), call.caller().user_id, code));
  boost::json::array list(codes.begin(), codes.end());
  return Response::json(boost::json::object{{"recovery_codes", std::move(list)}});
}

Result<Response> remove_totp(Call& call) {
  TRY(const std::string confirmed, confirm_by_form(call));
  TRY_VOID(write_confirmed(call, confirmed, [&](Transaction& transaction) {
    return identity::remove_totp(transaction, call.now(), call.actor(), call.caller().user_id);
  }));
  return Response::no_content();
}

Result<Response> list_sessions(Call& call) {
  TRY(const ledger::PageQuery page,
      api::page_query(call.request, {ledger::by_time("created_at", "created_at")}, "-created_at"));
  TRY(const auto found, identity::list_sessions(call.transaction(), call.now(), call.services.config.sign_in,
                                                call.caller().user_id, page));
  api::PageList items(page);
  for (const auto& [session, key] : found) {
    if (!items.add(to_json(session, call.caller().credential_id), key, session.id)) break;
  }
  return items.response();
}

Result<Response> end_session(Call& call) {
  TRY_VOID(identity::end_session(call.transaction(), call.now(), call.actor(), call.caller().user_id,
                                 call.argument("session")));
  return Response::no_content();
}

Result<Response> list_tokens(Call& call) {
  TRY(const ledger::PageQuery page,
      api::page_query(call.request, {ledger::by_time("created_at", "created_at")}, "-created_at"));
  TRY(const auto found, identity::list_tokens(call.transaction(), call.caller().user_id, page));
  api::PageList items(page);
  for (const auto& [token, key] : found) {
    if (!items.add(to_json(token), key, token.id)) break;
  }
  return items.response();
}

/// The scopes that a body asks for, each of which the caller must have.
identity::Scopes read_scopes(const Call& call, Form& form, ledger::FieldProblems& problems) {
  identity::Scopes scopes;
  const auto words = form.texts("scopes", 20);
  if (!words || words->empty()) {
    form.problem("scopes", "name at least one of read, keys, write, manage, admin");
    return scopes;
  }
  for (std::size_t i = 0; i < words->size(); ++i) {
    const std::string place = fmt::format("{}/{}", form.pointer("scopes"), i);
    const auto scope = identity::parse_scope((*words)[i]);
    if (!scope) {
      problems.add(place, scope.error().text);
    } else if (!call.caller().may(*scope) || (*scope == Scope::kAdmin && !call.caller().admin)) {
      problems.add(place, fmt::format("you do not have the scope '{}' yourself", (*words)[i]));
    } else {
      scopes.insert(*scope);
    }
  }
  return scopes;
}

Result<Response> create_token(Call& call) {
  ledger::FieldProblems problems;
  Form form(call.body, problems);
  identity::TokenWish wish;
  wish.user_id = call.caller().user_id;
  wish.name = form.demanded_text("name", kName);
  wish.scopes = read_scopes(call, form, problems);
  wish.expires_at = form.time("expires_at");
  if (wish.expires_at && *wish.expires_at <= ledger::to_ms(call.now())) {
    form.problem("expires_at", "it is past; take a time to come, or null for a token that does not expire");
  }
  if (const auto end = call.caller().token_expires_at) {
    // Or a token that ends would live on in those that it made.
    if (wish.expires_at.value_or(*end) > *end) {
      form.problem("expires_at", fmt::format("this token itself expires at {}; one that it makes does not outlive it",
                                             ledger::time_to_string(*end)));
    }
    wish.expires_at = wish.expires_at.value_or(*end);
  }
  form.refuse_unknown();
  TRY_VOID(problems.verdict());
  TRY(const auto made, identity::create_token(call.transaction(), call.now(), call.actor(), wish));
  auto body = to_json(made.token);
  body["token"] = made.secret;
  return std::move(Response::json(body, 201).with("Cache-Control", "no-store"));
}

Result<Response> revoke_token(Call& call) {
  TRY_VOID(identity::revoke_token(call.transaction(), call.now(), call.actor(), call.caller().user_id,
                                  call.argument("token")));
  return Response::no_content();
}

}  // namespace

void add_account_routes(RouteTable& table) {
  constexpr auto kAnybody = api::Needs::kSignedIn;
  table.add({"GET", "/account", kAnybody, Scope::kRead, Mode::kRead, show});
  table.add({"PATCH", "/account", kAnybody, Scope::kManage, Mode::kWrite, edit});
  table.add({.method = "POST",
             .path = "/account/password",
             .needs = kAnybody,
             .scope = Scope::kManage,
             .mode = Mode::kOwn,
             .handler = change_password,
             .lane = Lane::kPasswords,
             .secrets = {"current", "new"}});
  table.add({.method = "POST",
             .path = "/account/totp",
             .needs = kAnybody,
             .scope = Scope::kManage,
             .mode = Mode::kOwn,
             .handler = begin_totp,
             .answers_secret = true,
             .lane = Lane::kPasswords,
             .secrets = {"password"}});
  table.add({.method = "POST",
             .path = "/account/totp/confirm",
             .needs = kAnybody,
             .scope = Scope::kManage,
             .mode = Mode::kWrite,
             .handler = confirm_totp,
             .answers_secret = true,
             .secrets = {"code"}});
  table.add({.method = "DELETE",
             .path = "/account/totp",
             .needs = kAnybody,
             .scope = Scope::kManage,
             .mode = Mode::kOwn,
             .handler = remove_totp,
             .lane = Lane::kPasswords,
             .secrets = {"password"}});
  table.add({"GET", "/account/sessions", kAnybody, Scope::kRead, Mode::kRead, list_sessions});
  table.add({"DELETE", "/account/sessions/{session}", kAnybody, Scope::kManage, Mode::kWrite, end_session});
  table.add({"GET", "/account/tokens", kAnybody, Scope::kRead, Mode::kRead, list_tokens});
  table.add({"POST", "/account/tokens", kAnybody, Scope::kManage, Mode::kWrite, create_token, true});
  table.add({.method = "DELETE",
             .path = "/account/tokens/{token}",
             .scope = Scope::kManage,
             .mode = Mode::kWrite,
             .handler = revoke_token,
             .own_token = true});
}

}  // namespace larder::endpoints
