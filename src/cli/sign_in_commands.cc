#include "cli/commands.h"
#include "cli/context.h"
#include "cli/list_view.h"
#include "cli/sign_in.h"
#include "command_line/quantity.h"
#include "core/json_at.h"

namespace larder::cli {
namespace {

using client::Credential;
using client::Credentials;
using client::parse_portal_url;
using client::PortalUrl;

struct LoginOptions {
  std::string url;
  PasswordSignIn password;
  Words scopes;
};

Result<std::string> portal_to_sign_in_to(Context& context, const std::string& url) {
  if (!url.empty()) return url;
  if (!context.globals().portal.empty()) return context.globals().portal;
  if (const auto portal = context.environment().variable("LARDER_PORTAL")) return *portal;
  TRY(const std::string file, context.credentials_file());
  TRY(const Credentials credentials, Credentials::load(file));
  if (credentials.current() != nullptr) return credentials.current()->portal;
  return give_up(ExitCode::kUsage, "Which portal? larder login https://portal.example");
}

// Who the token belongs to, asked with the token itself: it works.
Result<std::string> owner_of(Context& context, const PortalUrl& url, const std::string& token) {
  const auto portal = context.portal_with({url.text, token, "", ""}, url);
  TRY(const Reply session, portal->get("/session"));
  return text_at(session.body, "/user/email");
}

// A token that is forgotten here is void there too.
void revoke(Context& context, const Credential& credential, const PortalUrl& url) {
  const auto revoked = context.portal_with(credential, url)->remove("/session");
  // 401: the portal does not take the token any more, which is what was wanted.
  if (revoked || revoked.error().code == ExitCode::kNotSignedIn) return;
  context.say("The portal still takes the token that was forgotten; revoke it on your account page: " +
              revoked.error().text);
}

Result<> login(Context& context, const LoginOptions& options) {
  TRY(const std::string named, portal_to_sign_in_to(context, options.url));
  TRY(const auto portal, context.stranger(named));
  PasswordSignIn wanted = options.password;
  for (const std::string& list : options.scopes) {
    for (const command_line::ListedPart& part : command_line::split_list(list)) wanted.scopes.push_back(part.text);
  }
  TRY(const std::string file, context.credentials_file());
  TRY(Credentials credentials, Credentials::load(file));
  TRY(const std::string token, wanted.email.empty() ? sign_in_with_browser(context, *portal, wanted.scopes)
                                                    : sign_in_with_password(context, *portal, wanted));
  TRY(const std::string email, owner_of(context, portal->url(), token));
  const std::string& url = portal->url().text;
  std::optional<Credential> former;
  if (const Credential* known = credentials.find(url)) former = *known;
  credentials.put({url, token, email, context.globals().ca_certificate});
  TRY_VOID(credentials.save(file));
  if (former) revoke(context, *former, portal->url());
  context.tell({{"portal", url}, {"email", email}}, fmt::format("Signed in to {} as {}.", url, email));
  if (context.environment().variable("LARDER_TOKEN")) {
    context.say("LARDER_TOKEN is set: its token goes before the one that you have now.");
  }
  return {};
}

Result<> logout(Context& context) {
  TRY(const std::string file, context.credentials_file());
  TRY(Credentials credentials, Credentials::load(file));
  TRY(const std::string portal, context.portal_name(credentials));
  const Credential* known = credentials.find(portal);
  if (known == nullptr) {
    return give_up(ExitCode::kNotSignedIn, "You are not signed in{}{}.", portal.empty() ? "" : " to ", portal);
  }
  // With the token of the file, whatever LARDER_TOKEN holds: it is the one that is forgotten.
  const Credential former = *known;
  TRY(const PortalUrl url, parse_portal_url(portal, true));
  credentials.remove(portal);
  TRY_VOID(credentials.save(file));
  revoke(context, former, url);
  context.tell({{"portal", portal}}, "Signed out of " + portal + ".");
  return {};
}

Result<> whoami(Context& context) {
  TRY(Portal & portal, context.portal());
  TRY(const Reply session, portal.get("/session"));
  if (context.globals().json) {
    context.print_json(session.body);
    return {};
  }
  Record record;
  record.add("Portal", portal.url().text);
  record.add("User", text_at(session.body, "/user/email"));
  record.add("Name", text_at(session.body, "/user/name"));
  record.add("Admin", flag_at(session.body, "/user/admin") ? "yes" : "");
  record.add("Scopes", text_at(session.body, "/scopes"));
  for (const auto& membership : list_at(session.body, "/memberships")) {
    record.add("Organisation",
               fmt::format("{} ({})", text_at(membership, "/organisation/name"), text_at(membership, "/role")));
  }
  if (const auto file = context.credentials_file()) {
    TRY(const Credentials credentials, Credentials::load(*file));
    for (const Credential& other : credentials.all()) {
      if (other.portal == portal.url().text) continue;
      record.add("Signed in also", fmt::format("{} as {} (--portal)", other.portal, other.email));
    }
  }
  context.print(record.table());
  return {};
}

}  // namespace

void add_sign_in_commands(Command root) {
  auto options = std::make_shared<LoginOptions>();
  Command command = root.add("login", "Signs in to a portal: in a browser, or with --email and a password");
  command.argument("URL", options->url, "The portal: https://portal.example");
  command.option("--email", options->password.email, "EMAIL", "Sign in with a password, asked for at the terminal");
  command.option("--org", options->password.organisation, "ORGANISATION",
                 "With --email: of an account that belongs to an organisation, its name or id");
  command.option("--name", options->password.token_name, "NAME", "What the token is called on your account page");
  command.option("--scope", options->scopes, "SCOPE", "What the token may do; repeatable")
      .such_as({"read", "keys", "write", "manage", "admin"});
  command.option("--totp", options->password.totp, "CODE", "Code of the second factor, or a recovery code");
  command.flag("--password-stdin", options->password.password_from_input, "Read the password from standard input");
  command.runs([options](Context& context) { return login(context, *options); });

  root.add("logout", "Signs out of the portal: its token is revoked and forgotten").runs(logout);
  root.add("whoami", "Shows who is signed in, where, and what they may do").runs(whoami);
}

}  // namespace larder::cli
