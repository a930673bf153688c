#include "cli/sign_in.h"

#include "cli/passwords.h"
#include "client/device_flow.h"
#include "core/json.h"
#include "core/json_at.h"

namespace larder::cli {
namespace {

constexpr std::string_view kClient = "larder";
constexpr std::string_view kDeviceGrant = "urn:ietf:params:oauth:grant-type:device_code";

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : " ") + word;
  return out;
}

Result<Reply> open_session(Context& context, Portal& portal, const PasswordSignIn& wanted) {
  TRY(const std::string password, read_password(context, wanted.email, wanted.password_from_input));
  RequestBody body;
  body.set("email", wanted.email, "--email").set_secret("password", password, "the password");
  if (!wanted.organisation.empty()) body.set("organisation", wanted.organisation, "--org");
  if (!wanted.totp.empty()) body.set_secret("totp", wanted.totp, "--totp");
  auto reply = portal.post("/session", body);
  if (reply || reply.error().problem != "second-factor-required" || !wanted.totp.empty()) return reply;
  if (!context.console().in_is_terminal) {
    return give_up(ExitCode::kNotSignedIn, "{} signs in with a second factor: give the code with --totp.",
                   wanted.email);
  }
  TRY(const std::string code, context.console().ask("Code of your authenticator, or a recovery code:"));
  body.set_secret("totp", code, "the code");
  return portal.post("/session", body);
}

std::vector<std::string> scopes_of(const PasswordSignIn& wanted, const boost::json::value& session) {
  if (!wanted.scopes.empty()) return wanted.scopes;
  std::vector<std::string> all = {"read", "keys", "write", "manage"};
  if (flag_at(session, "/user/admin")) all.emplace_back("admin");
  return all;
}

Result<std::string> make_token(Context& context, Portal& portal, const PasswordSignIn& wanted,
                               const boost::json::value& session) {
  const std::string name =
      wanted.token_name.empty() ? "larder on " + context.environment().host_name : wanted.token_name;
  boost::json::array scopes;
  for (const std::string& scope : scopes_of(wanted, session)) scopes.emplace_back(scope);
  RequestBody body;
  body.set("name", name, "--name").set("scopes", std::move(scopes), "--scope");
  TRY(const Reply made, portal.create("/account/tokens", body));
  std::string token = text_at(made.body, "/token");
  if (token.empty()) return give_up(ExitCode::kUnreachable, "The portal gave no token: is the address right?");
  return token;
}

}  // namespace

Result<std::string> sign_in_with_browser(Context& context, Portal& portal, const std::vector<std::string>& scopes) {
  RequestBody body;
  body.set("client_id", kClient, "");
  // All there are: the portal leaves out what the person who approves may not do, and shows the rest to them.
  body.set("scope", scopes.empty() ? "read keys write manage admin" : joined(scopes), "--scope");
  TRY(const Reply reply, portal.post("/device-authorizations", body));
  TRY(auto flow, portal.tell(client::DeviceFlow::begin(reply.body)));

  context.say("Open " + text_at(reply.body, "/verification_uri") + " in a browser and enter the code:");
  context.say("");
  context.say("    " + text_at(reply.body, "/user_code"));
  context.say("");
  if (const std::string whole = text_at(reply.body, "/verification_uri_complete"); !whole.empty()) {
    context.say("or open " + whole);
  }
  context.say("Waiting for it (Ctrl-C gives up).");

  const auto end = context.environment().clock.now() + flow.lifetime();
  while (context.environment().clock.now() < end) {
    context.environment().pause(flow.interval());
    const auto answer = portal.api().post_form(
        "/token",
        {{"grant_type", std::string(kDeviceGrant)}, {"device_code", flow.device_code()}, {"client_id", "larder"}});
    if (!answer) {
      flow.take_silence();
      continue;
    }
    const auto parsed = parse_json(answer->body);
    TRY(const auto token, portal.tell(flow.take(answer->status, parsed ? *parsed : boost::json::value())));
    if (token) return *token;
  }
  return give_up(ExitCode::kNotSignedIn, "The code has expired. Start again.");
}

Result<std::string> sign_in_with_password(Context& context, Portal& portal, const PasswordSignIn& wanted) {
  auto session = open_session(context, portal, wanted);
  if (!session) {
    // The general hint, to sign in, is no help to somebody who is just doing that.
    std::erase_if(session.error().lines, [](const std::string& line) { return line.starts_with("Sign in with"); });
    return std::unexpected(std::move(session).error());
  }
  portal.api().use_csrf_token(text_at(session->body, "/csrf_token"));
  auto token = make_token(context, portal, wanted, session->body);
  if (const auto ended = portal.remove("/session"); !ended) {
    context.say("The session could not be signed out: " + ended.error().text);
  }
  return token;
}

}  // namespace larder::cli
