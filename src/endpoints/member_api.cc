// Members of organisations, and invitations to become one.
#include <chrono>
#include <memory>

#include "api/form.h"
#include "api/page.h"
#include "api/portal_url.h"
#include "api/route.h"
#include "api/session_cookie.h"
#include "endpoints/all_routes.h"
#include "endpoints/invitation_json.h"
#include "endpoints/session_json.h"
#include "identity/known_places.h"
#include "identity/network_rate.h"
#include "identity/password.h"
#include "ledger/email.h"
#include "ledger/text.h"
#include "tenancy/invitations.h"
#include "tenancy/members.h"
#include "tenancy/organisations.h"

namespace larder::endpoints {

using api::Call;
using api::Form;
using api::Mode;
using api::Needs;
using api::Response;
using api::RouteTable;

boost::json::object new_invitation_json(const Call& call, const tenancy::NewInvitation& made) {
  auto body = to_json(made.invitation);
  body["token"] = made.token;
  // After the "#", which browsers keep to themselves: it is in no server's log.
  body["url"] = api::portal_url(call) + "/invitation#" + made.token;
  return body;
}

namespace {

using database::Transaction;
using identity::Role;
using identity::User;
using ledger::ProblemKind;
using ledger::refuse;
using ledger::Result;
using tenancy::Invitation;

constexpr identity::NetworkRate::Limit kGuesses = {.at_once = 20, .every = std::chrono::seconds(45)};

/// REQUIRES: one of the words of `demanded_word`, or "" after a problem was noted.
Role role_of(std::string_view word) { return identity::parse_role(word).value_or(Role::kViewer); }

Result<Response> list_members(Call& call) {
  TRY(const ledger::PageQuery page, api::page_query(call.request, {{"email", "a.email_key"}}, "email"));
  TRY(const auto found, tenancy::list_members(call.transaction(), call.organisation_id, page));
  api::PageList items(page);
  for (const auto& [member, key] : found) {
    if (!items.add(to_json(member), key, member.user_id)) break;
  }
  return items.response();
}

Result<Response> put_member(Call& call) {
  ledger::FieldProblems problems;
  Form form(call.body, problems);
  const Role role = role_of(form.demanded_word("role", {"owner", "operator", "viewer"}));
  form.refuse_unknown();
  TRY_VOID(problems.verdict());
  const std::string& user_id = call.argument("user");
  TRY(const auto known, tenancy::find_member(call.transaction(), call.organisation_id, user_id));
  if (!known && !call.caller().admin) {
    return refuse(ProblemKind::kNotFound, "{} is no member of this organisation; invite them", user_id);
  }
  TRY(const auto member,
      tenancy::put_member(call.transaction(), call.now(), call.actor(), call.organisation_id, user_id, role));
  return Response::json(to_json(member));
}

Result<Response> remove_member(Call& call) {
  TRY_VOID(tenancy::remove_member(call.transaction(), call.now(), call.actor(), call.organisation_id,
                                  call.argument("user")));
  return Response::no_content();
}

Result<Response> list_invitations(Call& call) {
  TRY(const ledger::PageQuery page,
      api::page_query(call.request, {ledger::by_time("created_at", "created_at")}, "-created_at"));
  TRY(const auto found, tenancy::list_invitations(call.transaction(), call.organisation_id, page));
  api::PageList items(page);
  for (const auto& [invitation, key] : found) {
    if (!items.add(to_json(invitation), key, invitation.id)) break;
  }
  return items.response();
}

Result<Response> invite(Call& call) {
  ledger::FieldProblems problems;
  Form form(call.body, problems);
  const std::string email = form.demanded_text("email", {.least = 1, .most = 254});
  if (const auto checked = ledger::parse_email(email); !email.empty() && !checked) {
    form.problem("email", checked.error().text);
  }
  const Role role = role_of(form.demanded_word("role", {"owner", "operator", "viewer"}));
  form.refuse_unknown();
  TRY_VOID(problems.verdict());
  TRY(const auto made, tenancy::create_invitation(call.transaction(), call.now(), call.actor(), call.caller(),
                                                  call.organisation_id, email, role));
  return std::move(Response::json(new_invitation_json(call, made), 201).with("Cache-Control", "no-store"));
}

Result<Response> take_back(Call& call) {
  TRY_VOID(tenancy::delete_invitation(call.transaction(), call.now(), call.actor(), call.organisation_id,
                                      call.argument("invitation")));
  return Response::no_content();
}

// Invited: an invitation, and what is there already of what it speaks of.
struct Invited {
  Invitation invitation;
  tenancy::Organisation organisation;
  // The account with this e-mail, looked for only if an administrator invited: owners have the links that they make,
  // and are not told who has an account.
  std::optional<User> user;
};

std::unexpected<ledger::Problem> no_invitation() {
  return refuse(ProblemKind::kNotFound, "the invitation is unknown, was used or taken back, or has expired");
}

/// A token that is none counts, in memory: it is not worth a write. One that is there is taken, whatever others of the
/// same network have tried.
Result<> know_token(identity::NetworkRate& guesses, Call& call) {
  const auto* token = call.body.if_contains("token");
  if (token == nullptr || !token->is_string()) return {};  // the form says what is wrong
  TRY(const auto invitation,
      tenancy::find_invitation(call.transaction(), call.now(), std::string_view(token->get_string())));
  if (invitation) return {};
  TRY_VOID(guesses.count(call.services.clock.now(), call.request.client));
  return no_invitation();
}

/// How an invitation is accepted.
std::string_view accepted_by(const Invited& invited) {
  if (!invited.invitation.email_vouched) return "either";
  return invited.user ? "signing-in" : "new-account";
}

Result<Invited> find(const Call& call, Transaction& transaction, std::string_view token) {
  TRY(auto invitation, tenancy::find_invitation(transaction, call.now(), token));
  if (!invitation) return no_invitation();
  TRY(auto organisation, tenancy::load_organisation(transaction, invitation->organisation_id));
  std::optional<User> user;
  if (invitation->email_vouched) {
    TRY(user, identity::find_user_by_email(transaction, invitation->email));
  }
  return Invited{*std::move(invitation), std::move(organisation), std::move(user)};
}

Result<Response> look_up(Call& call) {
  ledger::FieldProblems problems;
  Form form(call.body, problems);
  const std::string token = form.demanded_text("token");
  form.refuse_unknown();
  TRY_VOID(problems.verdict());
  TRY(const Invited invited, find(call, call.transaction(), token));
  auto known = to_json(invited.invitation);
  boost::json::object body;
  body["organisation"] = to_json(invited.organisation.ref);
  body["email"] = known["email"];
  body["role"] = known["role"];
  body["accept_by"] = accepted_by(invited);
  body["expires_at"] = known["expires_at"];
  return Response::json(body);
}

/// Whether the caller may accept: as themselves, or as somebody for whom an account is made.
Result<> check_accepting(const Call& call, const Invited& invited) {
  const std::string& email = invited.invitation.email;
  if (!call.principal) {
    if (!invited.user) return {};
    return refuse(ProblemKind::kUnauthenticated, "there is an account for {}: sign in with it, then accept", email);
  }
  if (!call.principal->may(identity::Scope::kManage)) {
    return refuse(ProblemKind::kForbidden, "this token lacks the scope 'manage'");
  }
  if (ledger::to_lower(call.principal->email) != ledger::to_lower(email)) {
    return refuse(ProblemKind::kForbidden, "the invitation is for {}, and you are signed in as {}", email,
                  call.principal->email);
  }
  if (call.principal->email_verified) return {};
  return refuse(
      ProblemKind::kForbidden,
      "your account belongs to one organisation, for nobody has verified that {} is yours; an administrator can",
      email);
}

/// The invitation, if the caller may accept it.
Result<Invited> find_to_accept(const Call& call, Transaction& transaction, std::string_view token) {
  TRY(auto invited, find(call, transaction, token));
  TRY_VOID(check_accepting(call, invited));
  return invited;
}

struct Newcomer {
  std::optional<std::string> name;
  std::optional<std::string> password;
};

/// The account that is made for a newcomer, but for what the invitation says of it at the end.
Result<identity::NewUser> make_newcomer(const Call& call, const Invited& invited, const Newcomer& newcomer) {
  ledger::FieldProblems problems;
  const auto& config = call.services.config.sign_in;
  if (!newcomer.name) problems.add("/name", "there is no account yet: say what you are called");
  if (!newcomer.password) {
    problems.add("/password", "there is no account yet: choose a password");
  } else {
    identity::judge_password(config, invited.invitation.email, *newcomer.password, "/password", problems);
  }
  TRY_VOID(problems.verdict());
  identity::NewUser user;
  user.name = *newcomer.name;
  TRY(user.password_hash, identity::hash_password(config, *newcomer.password));
  return user;
}

/// Whose it is nobody knows before it is there.
Result<User> make_account(const Call& call, Transaction& transaction, const Invitation& invitation,
                          identity::NewUser made) {
  made.email = invitation.email;
  if (!invitation.email_vouched) made.organisation_id = invitation.organisation_id;
  return identity::create_user(transaction, call.now(), ledger::nobody(call.request.client, made.email), made);
}

Result<Response> accept(Call& call) {
  ledger::FieldProblems problems;
  Form form(call.body, problems);
  const std::string token = form.demanded_text("token");
  const Newcomer newcomer{.name = form.text("name", {.least = 1, .most = 100}),
                          .password = form.text("password", api::kPassword)};
  form.refuse_unknown();
  TRY_VOID(problems.verdict());
  TRY(const Invited early,
      call.services.database.read([&](Transaction& transaction) { return find_to_accept(call, transaction, token); }));
  std::optional<identity::NewUser> made;
  if (!call.principal) {
    TRY(made, make_newcomer(call, early, newcomer));
  }
  return call.write([&](Transaction& transaction) -> Result<Response> {
    // While the password was hashed, it may have been taken back.
    TRY(const Invited invited, find_to_accept(call, transaction, token));
    TRY(const User user, made ? make_account(call, transaction, invited.invitation, *made)
                              : identity::find_user(transaction, call.principal->user_id));
    const ledger::Actor actor = made ? identity::signed_in_as(user, call.request.client) : call.actor();
    TRY(const auto member, tenancy::take_invitation(transaction, call.now(), actor, invited.invitation, user));
    std::string browser;
    if (made) {
      // Whoever has the link is who it was meant for: others' guesses do not keep them from signing in here.
      const identity::Client client = client_of(call.request);
      TRY(browser, identity::learn_place(transaction, call.now(), user.id, client));
    }
    boost::json::object body;
    body["user"] = to_json(user);
    body["organisation"] = to_json(invited.organisation.ref);
    body["role"] = to_string(member.role);
    Response response = Response::json(body);
    api::set_browser_cookie(response, call, browser);
    return response;
  });
}

}  // namespace

void add_member_routes(RouteTable& table) {
  using identity::Scope;
  constexpr std::string_view kMembers = "/organisations/{organisation}/members";
  constexpr std::string_view kMember = "/organisations/{organisation}/members/{user}";
  constexpr std::string_view kInvitations = "/organisations/{organisation}/invitations";
  constexpr std::string_view kInvitation = "/organisations/{organisation}/invitations/{invitation}";
  table.add({"GET", kMembers, Needs::kViewer, Scope::kRead, Mode::kRead, list_members});
  table.add({"PUT", kMember, Needs::kOwner, Scope::kManage, Mode::kWrite, put_member});
  table.add({"DELETE", kMember, Needs::kOwner, Scope::kManage, Mode::kWrite, remove_member});
  table.add({"GET", kInvitations, Needs::kOwner, Scope::kRead, Mode::kRead, list_invitations});
  table.add({"POST", kInvitations, Needs::kOwner, Scope::kManage, Mode::kWrite, invite, true});
  table.add({"DELETE", kInvitation, Needs::kOwner, Scope::kManage, Mode::kWrite, take_back});
  const auto guesses = std::make_shared<identity::NetworkRate>(kGuesses);
  const api::Gate gate = [guesses](Call& call) { return know_token(*guesses, call); };
  table.add({.method = "POST",
             .path = "/invitations/lookup",
             .needs = Needs::kNothing,
             .scope = std::nullopt,
             .mode = Mode::kRead,
             .handler = look_up,
             .gate = gate});
  table.add({.method = "POST",
             .path = "/invitations/accept",
             .needs = Needs::kNothing,
             .scope = std::nullopt,
             .mode = Mode::kOwn,
             .handler = accept,
             .lane = api::Lane::kPasswords,
             .gate = gate,
             .secrets = {"password"}});
}

}  // namespace larder::endpoints
