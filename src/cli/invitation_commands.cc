// invitation: what the link of an invitation leads to, and accepting it.
#include <algorithm>
#include <cctype>
#include <memory>

#include "cli/commands.h"
#include "cli/context.h"
#include "cli/list_view.h"
#include "cli/passwords.h"
#include "core/json_at.h"

namespace larder::cli {
namespace {

constexpr std::string_view kBeforeToken = "/invitation#";

struct InvitationOptions {
  std::string link;
  std::string name;
  bool password_from_input = false;
};

struct Link {
  std::string portal;
  std::string token;
};

// The link as it was sent, or its token alone, of the portal that commands use.
Result<Link> parse_link(Context& context, const std::string& text) {
  if (const std::size_t at = text.find(kBeforeToken); at != std::string::npos) {
    return Link{text.substr(0, at), text.substr(at + kBeforeToken.size())};
  }
  if (text.find_first_of(":/#") != std::string::npos) {
    return give_up(ExitCode::kUsage, "\"{}\" is not the link of an invitation: https://portal.example/invitation#...",
                   text);
  }
  TRY(const auto credentials, context.credentials());
  TRY(const std::string portal, context.portal_name(credentials));
  if (portal.empty()) return give_up(ExitCode::kUsage, "Which portal? Give the whole link, or --portal.");
  return Link{portal, text};
}

Result<Reply> look_up(Portal& portal, const Link& link) {
  RequestBody body;
  body.set_secret("token", link.token, "the link");
  return portal.post("/invitations/lookup", body);
}

void show(Context& context, const boost::json::value& invitation) {
  Record record;
  record.add("Organisation", text_at(invitation, "/organisation/name"));
  record.add("Kind", text_at(invitation, "/organisation/kind"));
  record.add("Role", text_at(invitation, "/role"));
  record.add("For", text_at(invitation, "/email"));
  record.add("Valid until", short_time(text_at(invitation, "/expires_at")));
  const std::string by = text_at(invitation, "/accept_by");
  if (by == "signing-in") record.add("Accepted by", "signing in with the account of this e-mail address");
  if (by == "new-account") record.add("Accepted by", "making an account");
  if (by == "either") record.add("Accepted by", "making an account, or signing in with one of this e-mail address");
  context.print(record.table());
}

Result<> show_invitation(Context& context, const InvitationOptions& options) {
  TRY(const Link link, parse_link(context, options.link));
  TRY(const auto portal, context.stranger(link.portal));
  TRY(const Reply invitation, look_up(*portal, link));
  if (context.globals().json) {
    context.print_json(invitation.body);
  } else {
    show(context, invitation.body);
  }
  return {};
}

bool is_same_address(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

// The portal with the account that `invitation` is for; null if nobody is signed in with it here. A token is sent to
// the portal that it is of, wherever the link leads.
Result<std::unique_ptr<Portal>> signed_in_for(Context& context, const client::PortalUrl& url,
                                              const std::string& email) {
  TRY(const auto credentials, context.credentials());
  TRY(const std::string usual, context.portal_name(credentials));
  if (context.environment().variable("LARDER_TOKEN") && usual == url.text) return context.signed_in(credentials);
  const auto* credential = credentials.find(url.text);
  if (credential == nullptr || !is_same_address(credential->email, email)) return nullptr;
  return context.portal_with(*credential, url);
}

Result<std::string> name_of_newcomer(Context& context, const InvitationOptions& options) {
  if (!options.name.empty()) return options.name;
  if (!context.console().in_is_terminal) {
    return give_up(ExitCode::kUsage, "This makes an account: say what you are called with --name.");
  }
  TRY(std::string name, context.console().ask("What are you called?"));
  return name;
}

Result<Reply> accept_with_new_account(Context& context, Portal& portal, RequestBody body,
                                      const InvitationOptions& options) {
  TRY(const std::string name, name_of_newcomer(context, options));
  TRY(const std::string password, choose_password(context, "--password-stdin", options.password_from_input));
  body.set("name", name, "--name").set_secret("password", password, "the password");
  return portal.post("/invitations/accept", body);
}

// How somebody who has just got an account signs in.
std::string sign_in_hint(const client::PortalUrl& url, const boost::json::value& user) {
  const std::string organisation = text_at(user, "/organisation/name");
  return fmt::format("Sign in with: larder login {} --email {}{}", url.text, text_at(user, "/email"),
                     organisation.empty() ? "" : fmt::format(" --org \"{}\"", organisation));
}

Result<> accept_invitation(Context& context, const InvitationOptions& options) {
  TRY(const Link link, parse_link(context, options.link));
  TRY(const auto portal, context.stranger(link.portal));
  TRY(const Reply invitation, look_up(*portal, link));
  const std::string by = text_at(invitation.body, "/accept_by");
  const std::string email = text_at(invitation.body, "/email");
  RequestBody body;
  body.set_secret("token", link.token, "the link");
  std::unique_ptr<Portal> own;
  if (by == "signing-in" || (by == "either" && options.name.empty())) {
    TRY(own, signed_in_for(context, portal->url(), email));
  }
  if (own == nullptr && by == "signing-in") {
    return give_up(ExitCode::kNotSignedIn,
                   "There is an account for {0}. Sign in with it, then accept: larder login {1} --email {0}", email,
                   portal->url().text);
  }
  TRY(const Reply accepted, own == nullptr ? accept_with_new_account(context, *portal, std::move(body), options)
                                           : own->post("/invitations/accept", body));
  context.tell(accepted.body, fmt::format("{} is {} of {}.", email, text_at(accepted.body, "/role"),
                                          text_at(accepted.body, "/organisation/name")));
  const auto* user = find_at(accepted.body, "/user");
  if (own == nullptr && user != nullptr) context.say(sign_in_hint(portal->url(), *user));
  return {};
}

using Run = Result<> (*)(Context&, const InvitationOptions&);

Added<InvitationOptions> add_on_link(Command noun, std::string name, std::string description, Run run) {
  auto added = add(noun, std::move(name), std::move(description), run);
  added.command.argument("LINK", added.options->link, "The link that you were sent, or its end after the #").required();
  return added;
}

}  // namespace

void add_invitation_commands(Command root) {
  Command noun = root.add("invitation", "Invitations that you were sent");
  add_on_link(noun, "show", "Shows what an invitation is for", show_invitation);
  auto [accept, accepted] =
      add_on_link(noun, "accept", "Accepts an invitation, with your account or a new one", accept_invitation);
  accept.option("--name", accepted->name, "NAME", "What you are called: makes a new account");
  accept.flag("--password-stdin", accepted->password_from_input,
              "Read the password of the new account from standard input");
}

}  // namespace larder::cli
