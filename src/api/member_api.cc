// Members of organisations, and invitations to become one.
#include <chrono>
#include <memory>

#include "api/all_routes.h"
#include "api/form.h"
#include "api/invitation_json.h"
#include "api/page.h"
#include "api/portal_url.h"
#include "api/route.h"
#include "api/session_cookie.h"
#include "api/session_json.h"
#include "portal/email.h"
#include "portal/invitations.h"
#include "portal/known_places.h"
#include "portal/members.h"
#include "portal/network_rate.h"
#include "portal/organisations.h"
#include "portal/password.h"
#include "portal/text.h"

namespace larder::api {

boost::json::object new_invitation_json(const Call& call, const portal::NewInvitation& made) {
  auto body = portal::to_json(made.invitation);
  body["token"] = made.token;
  // After the "#", which browsers keep to themselves: it is in no server's log.
  body["url"] = portal_url(call) + "/invitation#" + made.token;
  return body;
}

namespace {

using database::Transaction;
using portal::Invitation;
using portal::ProblemKind;
using portal::refuse;
using portal::Result;
using portal::Role;
using portal::User;

constexpr portal::NetworkRate::Limit kGuesses = {.at_once = 20, .every = std::chrono::seconds(45)};

/// REQUIRES: one of the words of `demanded_word`, or "" after a problem was noted.
Role role_of(std::string_view word) { return portal::parse_role(word).value_or(Role::kViewer); }

Result<Response> list_members(Call& call) {
  TRY(const portal::PageQuery page, page_query(call.request, {{"email", "a.email_key"}}, "email"));
  TRY(const auto found, portal::list_members(call.transaction(), call.organisation_id, page));
  PageList items(page);
  for (const auto& [member, key] : found) {
    if (!items.add(portal::to_json(member), key, member.user_id)) break;
  }
  return items.response();
}

Result<Response> put_member(Call& call) {
  portal::FieldProblems problems;
  Form form(call.body, problems);
  const Role role = role_of(form.demanded_word("role", {"owner", "operator", "viewer"}));
  form.refuse_unknown();
  TRY_VOID(problems.verdict());
  const std::string& user_id = call.argument("user");
  TRY(const auto known, portal::find_member(call.transaction(), call.organisation_id, user_id));
  if (!known && !call.caller().admin) {
    return refuse(ProblemKind::kNotFound, "{} is no member of this organisation; invite them", user_id);
  }
  TRY(const auto member,
      portal::put_member(call.transaction(), call.now(), call.actor(), call.organisation_id, user_id, role));
  return Response::json(portal::to_json(member));
}

Result<Response> remove_member(Call& call) {
  TRY_VOID(
      portal::remove_member(call.transaction(), call.now(), call.actor(), call.organisation_id, call.argument("user")));
  return Response::no_content();
}

Result<Response> list_invitations(Call& call) {
  TRY(const portal::PageQuery page,
      page_query(call.request, {portal::by_time("created_at", "created_at")}, "-created_at"));
  TRY(const auto found, portal::list_invitations(call.transaction(), call.organisation_id, page));
  PageList items(page);
  for (const auto& [invitation, key] : found) {
    if (!items.add(portal::to_json(invitation), key, invitation.id)) break;
  }
  return items.response();
}

Result<Response> invite(Call& call) {
  portal::FieldProblems problems;
  Form form(call.body, problems);
  const std::string email = form.demanded_text("email", {.least = 1, .most = 254});
  if (const auto checked = portal::parse_email(email); !email.empty() && !checked) {
    form.problem("email", checked.error().text);
  }
  const Role role = role_of(form.demanded_word("role", {"owner", "operator", "viewer"}));
  form.refuse_unknown();
  TRY_VOID(problems.verdict());
  TRY(const auto made, portal::create_invitation(call.transaction(), call.now(), call.actor(), call.caller(),
                                                 call.organisation_id, email, role));
  return std::move(Response::json(new_invitation_json(call, made), 201).with("Cache-Control", "no-store"));
}

Result<Response> take_back(Call& call) {
  TRY_VOID(portal::delete_invitation(call.transaction(), call.now(), call.actor(), call.organisation_id,
                                     call.argument("invitation")));
  return Response::no_content();
}

// Invited: an invitation, and what is there already of what it speaks of.
struct Invited {
  Invitation invitation;
  portal::Organisation organisation;
  // The account with this e-mail, looked for only if an administrator invited: owners have the links that they make,
  // and are not told who has an account.
  std::optional<User> user;
};

std::unexpected<portal::Problem> no_invitation() {
  return refuse(ProblemKind::kNotFound, "the invitation is unknown, was used or taken back, or has expired");
}

/// A token that is none counts, in memory: it is not worth a write. One that is there is taken, whatever others of the
/// same network have tried.
Result<> know_token(portal::NetworkRate& guesses, Call& call) {
  const auto* token = call.body.if_contains("token");
  if (token == nullptr || !token->is_string()) return {};  // the form says what is wrong
  TRY(const auto invitation,
      portal::find_invitation(call.transaction(), call.now(), std::string_view(token->get_string())));
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
  TRY(auto invitation, portal::find_invitation(transaction, call.now(), token));
  if (!invitation) return no_invitation();
  TRY(auto organisation, portal::load_organisation(transaction, invitation->organisation_id));
  std::optional<User> user;
  if (invitation->email_vouched) {
    TRY(user, portal::find_user_by_email(transaction, invitation->email));
  }
  return Invited{*std::move(invitation), std::move(organisation), std::move(user)};
}

Result<Response> look_up(Call& call) {
  portal::FieldProblems problems;
  Form form(call.body, problems);
  const std::string token = form.demanded_text("token");
  form.refuse_unknown();
  TRY_VOID(problems.verdict());
  TRY(const Invited invited, find(call, call.transaction(), token));
  auto known = portal::to_json(invited.invitation);
  boost::json::object body;
  body["organisation"] = portal::to_json(invited.organisation.ref);
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
  if (!call.principal->may(portal::Scope::kManage)) {
    return refuse(ProblemKind::kForbidden, "this token lacks the scope 'manage'");
  }
  if (portal::to_lower(call.principal->email) != portal::to_lower(email)) {
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
Result<portal::NewUser> make_newcomer(const Call& call, const Invited& invited, const Newcomer& newcomer) {
  portal::FieldProblems problems;
  const auto& config = call.services.config.sign_in;
  if (!newcomer.name) problems.add("/name", "there is no account yet: say what you are called");
  if (!newcomer.password) {
    problems.add("/password", "there is no account yet: choose a password");
  } else {
    portal::judge_password(config, invited.invitation.email, *newcomer.password, "/password", problems);
  }
  TRY_VOID(problems.verdict());
  portal::NewUser user;
  user.name = *newcomer.name;
  TRY(user.password_hash, portal::hash_password(config, *newcomer.password));
  return user;
}

/// Whose it is nobody knows before it is there.
Result<User> make_account(const Call& call, Transaction& transaction, const Invitation& invitation,
                          portal::NewUser made) {
  made.email = invitation.email;
  if (!invitation.email_vouched) made.organisation_id = invitation.organisation_id;
  return portal::create_user(transaction, call.now(), portal::nobody(call.request.client, made.email), made);
}

Result<Response> accept(Call& call) {
  portal::FieldProblems problems;
  Form form(call.body, problems);
  const std::string token = form.demanded_text("token");
  const Newcomer newcomer{.name = form.text("name", {.least = 1, .most = 100}),
                          .password = form.text("password", kPassword)};
  form.refuse_unknown();
  TRY_VOID(problems.verdict());
  TRY(const Invited early,
      call.services.database.read([&](Transaction& transaction) { return find_to_accept(call, transaction, token); }));
  std::optional<portal::NewUser> made;
  if (!call.principal) {
    TRY(made, make_newcomer(call, early, newcomer));
  }
  return call.write([&](Transaction& transaction) -> Result<Response> {
    // While the password was hashed, it may have been taken back.
    TRY(const Invited invited, find_to_accept(call, transaction, token));
    TRY(const User user, made ? make_account(call, transaction, invited.invitation, *made)
                              : portal::find_user(transaction, call.principal->user_id));
    const portal::Actor actor = made ? portal::signed_in_as(user, call.request.client) : call.actor();
    TRY(const auto member, portal::take_invitation(transaction, call.now(), actor, invited.invitation, user));
    std::string browser;
    if (made) {
      // Whoever has the link is who it was meant for: others' guesses do not keep them from signing in here.
      const portal::Client client = client_of(call.request);
      TRY(browser, portal::learn_place(transaction, call.now(), user.id, client));
    }
    boost::json::object body;
    body["user"] = portal::to_json(user);
    body["organisation"] = portal::to_json(invited.organisation.ref);
    body["role"] = portal::to_string(member.role);
    Response response = Response::json(body);
    set_browser_cookie(response, call, browser);
    return response;
  });
}

}  // namespace

void add_member_routes(RouteTable& table) {
  using portal::Scope;
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
  const auto guesses = std::make_shared<portal::NetworkRate>(kGuesses);
  const Gate gate = [guesses](Call& call) { return know_token(*guesses, call); };
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
             .lane = Lane::kPasswords,
             .gate = gate,
             .secrets = {"password"}});
}

}  // namespace larder::api
