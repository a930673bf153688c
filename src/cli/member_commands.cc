#include "cli/commands.h"
#include "cli/context.h"
#include "cli/list_view.h"
#include "cli/lookup.h"
#include "core/json_at.h"

namespace larder::cli {
namespace {

const Words kRoles = {"owner", "operator", "viewer"};

struct MemberOptions {
  std::string organisation;
  std::string email;
  std::string role;
};

std::string collection(const Found& organisation, std::string_view what) {
  return path_of("/organisations", organisation.id, what);
}

Result<> list_members(Context& context, const MemberOptions& options) {
  TRY(const Found found, find_organisation(context, options.organisation));
  TRY(Portal & portal, context.portal());
  TRY(const auto items, portal.list(collection(found, "/members")));
  show_list(context, items,
            {{"E-MAIL", "/user/email"},
             {"NAME", "/user/name"},
             {"ROLE", "/role"},
             time_column("SINCE", "/since"),
             flag_column("VERIFIED", "/user/email_verified", Fit::kSpare)},
            found.name + " has no members.");
  return {};
}

Result<> set_role(Context& context, const MemberOptions& options) {
  TRY(const Found organisation, find_organisation(context, options.organisation));
  TRY(const Found member, find_member(context, organisation, options.email));
  TRY(Portal & portal, context.portal());
  RequestBody body;
  body.set("role", options.role, "--role");
  TRY(const Reply reply, portal.put(path_of(collection(organisation, "/members"), member.id), body));
  context.tell(reply.body, fmt::format("{} is {} of {}.", member.name, options.role, organisation.name));
  return {};
}

Result<> remove_member(Context& context, const MemberOptions& options) {
  TRY(const Found organisation, find_organisation(context, options.organisation));
  TRY(const Found member, find_member(context, organisation, options.email));
  TRY(Portal & portal, context.portal());
  TRY_VOID(portal.remove(path_of(collection(organisation, "/members"), member.id)));
  context.tell(deleted_json(member), fmt::format("{} is no member of {} any more.", member.name, organisation.name));
  return {};
}

Result<> invite(Context& context, const MemberOptions& options) {
  TRY(const Found organisation, find_organisation(context, options.organisation));
  TRY(Portal & portal, context.portal());
  RequestBody body;
  body.set("email", options.email, "EMAIL").set("role", options.role, "--role");
  TRY(const Reply reply, portal.create(collection(organisation, "/invitations"), body));
  if (context.globals().json) {
    context.print_json(reply.body);
    return {};
  }
  context.say(fmt::format("Send this link to {}. It is shown only here and is valid until {}.",
                          text_at(reply.body, "/email"), short_time(text_at(reply.body, "/expires_at"))));
  context.print_line(text_at(reply.body, "/url"));
  return {};
}

Result<> list_invitations(Context& context, const MemberOptions& options) {
  TRY(const Found organisation, find_organisation(context, options.organisation));
  TRY(Portal & portal, context.portal());
  TRY(const auto items, portal.list(collection(organisation, "/invitations")));
  show_list(context, items,
            {{"E-MAIL", "/email"},
             {"ROLE", "/role"},
             {"ID", "/id"},
             time_column("UNTIL", "/expires_at", Fit::kSpare),
             text_column("BY", "/invited_by/name", Fit::kSpare)},
            "There are no open invitations.");
  return {};
}

Result<> withdraw_invitation(Context& context, const MemberOptions& options) {
  TRY(const Found organisation, find_organisation(context, options.organisation));
  TRY(Portal & portal, context.portal());
  TRY(const auto items, portal.list(collection(organisation, "/invitations")));
  boost::json::array withdrawn;
  for (const auto& item : items) {
    if (text_at(item, "/email") != options.email && text_at(item, "/id") != options.email) continue;
    TRY_VOID(portal.remove(path_of(collection(organisation, "/invitations"), text_at(item, "/id"))));
    withdrawn.push_back({{"id", text_at(item, "/id")}, {"name", text_at(item, "/email")}});
  }
  if (withdrawn.empty()) return give_up(ExitCode::kNotFound, "There is no open invitation of {}.", options.email);
  context.tell({{"deleted", std::move(withdrawn)}}, "The invitation of " + options.email + " is withdrawn.");
  return {};
}

using Run = Result<> (*)(Context&, const MemberOptions&);

Added<MemberOptions> add_with_organisation(Command noun, std::string name, std::string description, Run run) {
  auto added = add(noun, std::move(name), std::move(description), run);
  added.command.option("--org", added.options->organisation, "ORGANISATION",
                       "Name or id; not needed if there is only one");
  return added;
}

}  // namespace

void add_member_commands(Command noun) {
  auto [list, listed] = add_with_organisation(noun, "members", "Lists the members", list_members);
  list.argument("ORGANISATION", listed->organisation, "Name or id; not needed if there is only one");

  auto [role, changed] = add_with_organisation(noun, "set-role", "Changes what a member may do (owners)", set_role);
  role.argument("EMAIL", changed->email, "The member").required();
  role.option("--role", changed->role, "ROLE", "owner, operator or viewer").required().one_of(kRoles);

  auto [remove, removed] = add_with_organisation(noun, "remove-member", "Takes a member out (owners)", remove_member);
  remove.argument("EMAIL", removed->email, "The member").required();

  auto [invitation, invited] =
      add_with_organisation(noun, "invite", "Invites somebody by e-mail address (owners)", invite);
  invitation.argument("EMAIL", invited->email, "Whom to invite").required();
  invitation.option("--role", invited->role, "ROLE", "owner, operator or viewer").required().one_of(kRoles);

  add_with_organisation(noun, "invitations", "Lists the open invitations (owners)", list_invitations);

  auto [withdraw, withdrawn] =
      add_with_organisation(noun, "withdraw-invitation", "Makes an invitation void (owners)", withdraw_invitation);
  withdraw.argument("EMAIL", withdrawn->email, "Whom it was for, or its id").required();
}

}  // namespace larder::cli
