// account: one's own account: password, second factor.
#include "cli/commands.h"
#include "cli/context.h"
#include "cli/list_view.h"
#include "cli/passwords.h"
#include "core/json_at.h"

namespace larder::cli {
namespace {

struct AccountOptions {
  std::string name;
  std::string code;
  bool password_from_input = false;
  bool new_password_from_input = false;
};

void show(Context& context, const boost::json::value& user) {
  if (context.globals().json) return context.print_json(user);
  Record record;
  record.add("User", text_at(user, "/email"));
  record.add("E-mail verified", flag_at(user, "/email_verified") ? "yes" : "no");
  record.add("Belongs to", text_at(user, "/organisation/name"));
  record.add("Id", text_at(user, "/id"));
  record.add("Name", text_at(user, "/name"));
  record.add("Admin", flag_at(user, "/admin") ? "yes" : "");
  record.add("Second factor", flag_at(user, "/totp_enabled") ? "yes" : "no");
  record.add("Single sign-on", flag_at(user, "/single_sign_on") ? "yes" : "");
  record.add("Created", short_time(text_at(user, "/created_at")));
  record.add("Last sign-in", short_time(text_at(user, "/last_sign_in_at")));
  context.print(record.table());
}

Result<> show_account(Context& context) {
  TRY(Portal & portal, context.portal());
  TRY(const Reply reply, portal.get("/account"));
  show(context, reply.body);
  return {};
}

Result<> edit_account(Context& context, const AccountOptions& options) {
  TRY(Portal & portal, context.portal());
  RequestBody body;
  body.set("name", options.name, "--name");
  TRY(const Reply reply, portal.patch("/account", body, "*"));
  show(context, reply.body);
  return {};
}

// The password in force, which changes of how one signs in ask for.
Result<std::string> own_password(Context& context, Portal& portal, const AccountOptions& options) {
  TRY(const Reply account, portal.get("/account"));
  return read_password(context, text_at(account.body, "/email"), options.password_from_input);
}

Result<> change_password(Context& context, const AccountOptions& options) {
  TRY(Portal & portal, context.portal());
  TRY(const std::string current, own_password(context, portal, options));
  TRY(const std::string wanted, choose_password(context, "--new-password-stdin", options.new_password_from_input));
  RequestBody body;
  body.set_secret("current", current, "the password").set_secret("new", wanted, "the new password");
  TRY_VOID(portal.post("/account/password", body));
  context.tell({{"changed", "password"}},
               "The password is changed. Whoever is signed in elsewhere with the old one is signed out.");
  return {};
}

void show_recovery_codes(Context& context, const boost::json::value& answer) {
  if (context.globals().json) return context.print_json(answer);
  context.say(
      "The second factor is in force. Keep these recovery codes: each signs you in once without it. They are shown "
      "only here.");
  for (const auto& code : list_at(answer, "/recovery_codes")) context.print_line(text_at(code, ""));
}

Result<> confirm_second_factor(Context& context, const AccountOptions& options) {
  TRY(Portal & portal, context.portal());
  RequestBody body;
  body.set_secret("code", options.code, "CODE");
  TRY(const Reply reply, portal.post("/account/totp/confirm", body));
  show_recovery_codes(context, reply.body);
  return {};
}

Result<> add_second_factor(Context& context, const AccountOptions& options) {
  TRY(Portal & portal, context.portal());
  TRY(const std::string password, own_password(context, portal, options));
  RequestBody body;
  body.set_secret("password", password, "the password");
  TRY(const Reply reply, portal.post("/account/totp", body));
  if (context.globals().json) {
    context.print_json(reply.body);
    return {};
  }
  Record record;
  record.add("Secret", text_at(reply.body, "/secret"));
  record.add("As a link", text_at(reply.body, "/uri"));
  context.print(record.table());
  if (!context.console().in_is_terminal || options.password_from_input) {
    context.say("Give it to your authenticator; its code puts it in force: larder account confirm-second-factor CODE");
    return {};
  }
  context.say("Give it to your authenticator.");
  TRY(const std::string code, context.console().ask("The code that it shows:"));
  AccountOptions confirmed;
  confirmed.code = code;
  return confirm_second_factor(context, confirmed);
}

Result<> remove_second_factor(Context& context, const AccountOptions& options) {
  TRY(Portal & portal, context.portal());
  TRY(const std::string password, own_password(context, portal, options));
  RequestBody body;
  body.set_secret("password", password, "the password");
  TRY_VOID(portal.remove("/account/totp", body));
  context.tell({{"deleted", "second_factor"}}, "You sign in with the password alone now.");
  return {};
}

Added<AccountOptions> add_with_password(Command noun, std::string name, std::string description,
                                        Result<> (*run)(Context&, const AccountOptions&)) {
  auto added = add(noun, std::move(name), std::move(description), run);
  added.command.flag("--password-stdin", added.options->password_from_input,
                     "Read the password from standard input; else it is LARDER_PASSWORD, or asked for");
  return added;
}

}  // namespace

void add_account_commands(Command root) {
  Command noun = root.add("account", "Your own account: password, second factor, tokens, sessions");
  noun.add("show", "Shows your account").runs(show_account);

  auto [edit_command, edited] = add(noun, "edit", "Changes your account", edit_account);
  edit_command.option("--name", edited->name, "NAME", "What you are called").required();

  auto [password, changed] =
      add_with_password(noun, "password", "Changes your password; ends your sessions elsewhere", change_password);
  password.flag("--new-password-stdin", changed->new_password_from_input,
                "Read the new one from standard input, after the other if that is read there too");

  add_with_password(noun, "add-second-factor", "Makes a secret for one-time codes and puts them in force",
                    add_second_factor);
  auto [confirm, confirmed] =
      add(noun, "confirm-second-factor", "Puts one-time codes in force; prints recovery codes", confirm_second_factor);
  confirm.argument("CODE", confirmed->code, "What your authenticator shows").required();
  add_with_password(noun, "remove-second-factor", "Does without one-time codes", remove_second_factor);

  add_token_commands(noun);
}

}  // namespace larder::cli
