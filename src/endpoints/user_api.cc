// /users: what administrators do with accounts.
#include "api/etag.h"
#include "api/form.h"
#include "api/page.h"
#include "api/route.h"
#include "endpoints/all_routes.h"
#include "identity/password.h"
#include "identity/second_factor.h"
#include "identity/user_changes.h"
#include "identity/users.h"
#include "ledger/email.h"
#include "ledger/look_alikes.h"
#include "tenancy/user_deletion.h"

namespace larder::endpoints {
namespace {

using api::Call;
using api::Form;
using api::Mode;
using api::Needs;
using api::Response;
using api::RouteTable;
using database::Transaction;
using identity::User;
using ledger::ProblemKind;
using ledger::refuse;
using ledger::Result;

constexpr ledger::TextRule kName = {.least = 1, .most = 100};

/// With what administrators are told: they decide by names.
boost::json::object shown(const User& user) {
  auto json = to_json(user);
  json["look_alikes"] = ledger::look_alikes({{"/email", user.email}, {"/name", user.name}});
  return json;
}

Response answer(const User& user) {
  return std::move(Response::json(shown(user)).with("ETag", api::version_tag(user.version)));
}

/// A filter that is "true" or "false".
std::optional<bool> truth(const api::Request& request, std::string_view name, ledger::FieldProblems& problems) {
  const auto text = request.parameter(name);
  if (!text) return std::nullopt;
  if (*text != "true" && *text != "false") problems.add(fmt::format("?{}", name), "it must be true or false");
  return *text == "true";
}

Result<Response> list(Call& call) {
  TRY(const ledger::PageQuery page,
      api::page_query(call.request,
                      {{"email", "email_key"}, {"name", "lower(name)"}, ledger::by_time("created_at", "created_at")},
                      "email", {"q", "admin", "disabled"}));
  ledger::FieldProblems problems;
  identity::UserFilter filter;
  filter.text = call.request.parameter("q");
  filter.admin = truth(call.request, "admin", problems);
  filter.disabled = truth(call.request, "disabled", problems);
  TRY_VOID(problems.verdict());
  TRY(const auto found, identity::list_users(call.transaction(), filter, page));
  api::PageList items(page);
  for (const auto& [user, key] : found) {
    if (!items.add(shown(user), key, user.id)) break;
  }
  return items.response();
}

Result<Response> create(Call& call) {
  ledger::FieldProblems problems;
  Form form(call.body, problems);
  identity::NewUser wanted;
  wanted.email = form.demanded_text("email", {.least = 1, .most = 254});
  if (const auto email = ledger::parse_email(wanted.email); !wanted.email.empty() && !email) {
    form.problem("email", email.error().text);
  }
  wanted.name = form.demanded_text("name", kName);
  wanted.admin = form.flag("admin").value_or(false);
  auto password = form.text("password", api::kPassword);
  form.refuse_unknown();
  const auto& config = call.services.config.sign_in;
  if (password) identity::judge_password(config, wanted.email, *password, "/password", problems);
  TRY_VOID(problems.verdict());

  const bool generated = !password;
  if (generated) password = identity::new_password();
  TRY(wanted.password_hash, identity::hash_password(config, *password));
  TRY(const User user, call.write([&](Transaction& transaction) {
    return identity::create_user(transaction, call.now(), call.actor(), wanted);
  }));
  boost::json::object body;
  body["user"] = shown(user);
  body["password"] = generated ? boost::json::value(*password) : boost::json::value(nullptr);
  return std::move(Response::json(body, 201).with("Cache-Control", "no-store"));
}

Result<Response> show(Call& call) {
  TRY(const User user, identity::find_user(call.transaction(), call.argument("user")));
  return answer(user);
}

Result<Response> edit(Call& call) {
  TRY(const User before, identity::find_user(call.transaction(), call.argument("user")));
  TRY_VOID(api::check_version(call, "user", before.id, before.version, shown(before)));
  ledger::FieldProblems problems;
  Form form(call.body, problems);
  identity::UserChange change;
  change.name = form.text("name", kName);
  change.admin = form.flag("admin");
  change.disabled = form.flag("disabled");
  const auto verified = form.flag("email_verified");
  change.verify_email = verified.value_or(false);
  if (before.email_verified && verified == false) form.problem("email_verified", "what was verified stays so");
  form.refuse_unknown();
  TRY_VOID(problems.verdict());
  TRY(const User after, identity::change_user(call.transaction(), call.now(), call.actor(), before.id, change));
  return answer(after);
}

Result<Response> remove(Call& call) {
  TRY_VOID(tenancy::delete_user(call.transaction(), call.now(), call.actor(), call.argument("user")));
  return Response::no_content();
}

/// A session that was stolen from an administrator must not get at the account without its password.
Result<> refuse_own(const Call& call, std::string_view instead) {
  if (call.argument("user") != call.caller().user_id) return {};
  return refuse(ProblemKind::kConflict, "this is your own account: use {}, which asks for your password", instead);
}

Result<Response> reset_password(Call& call) {
  ledger::FieldProblems problems;
  Form form(call.body, problems);
  form.refuse_unknown();
  TRY_VOID(problems.verdict());
  TRY_VOID(refuse_own(call, "POST /account/password"));
  const std::string password = identity::new_password();
  TRY(const std::string hash, identity::hash_password(call.services.config.sign_in, password));
  TRY_VOID(call.write([&](Transaction& transaction) {
    return identity::set_password_hash(transaction, call.now(), call.actor(), call.argument("user"), hash);
  }));
  boost::json::object body{{"password", password}};
  return std::move(Response::json(body).with("Cache-Control", "no-store"));
}

Result<Response> remove_totp(Call& call) {
  TRY_VOID(refuse_own(call, "DELETE /account/totp"));
  TRY_VOID(identity::remove_totp(call.transaction(), call.now(), call.actor(), call.argument("user")));
  return Response::no_content();
}

}  // namespace

void add_user_routes(RouteTable& table) {
  using identity::Scope;
  table.add({"GET", "/users", Needs::kAdmin, Scope::kAdmin, Mode::kRead, list});
  table.add({.method = "POST",
             .path = "/users",
             .needs = Needs::kAdmin,
             .scope = Scope::kAdmin,
             .mode = Mode::kOwn,
             .handler = create,
             .answers_secret = true,
             .lane = api::Lane::kPasswords,
             .secrets = {"password"}});
  table.add({"GET", "/users/{user}", Needs::kAdmin, Scope::kAdmin, Mode::kRead, show});
  table.add({"PATCH", "/users/{user}", Needs::kAdmin, Scope::kAdmin, Mode::kWrite, edit});
  table.add({"DELETE", "/users/{user}", Needs::kAdmin, Scope::kAdmin, Mode::kWrite, remove});
  table.add({.method = "POST",
             .path = "/users/{user}/password",
             .needs = Needs::kAdmin,
             .scope = Scope::kAdmin,
             .mode = Mode::kOwn,
             .handler = reset_password,
             .answers_secret = true,
             .lane = api::Lane::kPasswords});
  table.add({"DELETE", "/users/{user}/totp", Needs::kAdmin, Scope::kAdmin, Mode::kWrite, remove_totp});
}

}  // namespace larder::endpoints
