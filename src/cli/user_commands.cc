#include "cli/commands.h"
#include "cli/confirm.h"
#include "cli/list_view.h"
#include "cli/lookup.h"
#include "cli/version_tag.h"
#include "core/json_at.h"

namespace larder::cli {
namespace {

struct UserOptions {
  std::string email;
  std::optional<std::string> name;
  std::string admin;     // "", "yes", "no"
  std::string disabled;  // "", "yes", "no"
  bool verified = false;
  bool is_admin = false;
  std::string version;
  std::string confirmation;
  std::string query;
  std::string sort;
};

void show(Context& context, const boost::json::value& user, const std::string& etag = "") {
  if (context.globals().json) return context.print_json(with_version(user, etag));
  Record record;
  record.add("User", text_at(user, "/email"));
  record.add("E-mail verified", flag_at(user, "/email_verified") ? "yes" : "no");
  record.add("Belongs to", text_at(user, "/organisation/name"));
  add_look_alikes(record, user);
  record.add("Id", text_at(user, "/id"));
  record.add("Name", text_at(user, "/name"));
  record.add("Admin", flag_at(user, "/admin") ? "yes" : "no");
  record.add("State", state_cell(flag_at(user, "/disabled") ? "disabled" : "enabled"));
  record.add("Second factor", flag_at(user, "/totp_enabled") ? "yes" : "no");
  record.add("Single sign-on", flag_at(user, "/single_sign_on") ? "yes" : "no");
  record.add("Created", short_time(text_at(user, "/created_at")));
  record.add("Last sign-in", short_time(text_at(user, "/last_sign_in_at")));
  record.add("Version", version_of(etag));
  context.print(record.table());
}

void show_password(Context& context, std::string_view email, const boost::json::value& password) {
  if (!password.is_string()) return;
  context.say(fmt::format("The password of {}, shown only here:", email));
  context.print_line(text_at(password, ""));
}

std::string api_flag(const std::string& word) {
  if (word.empty()) return "";
  return word == "yes" ? "true" : "false";
}

Result<> list_users(Context& context, const UserOptions& options) {
  TRY(Portal & portal, context.portal());
  TRY(const auto items, portal.list("/users", {{"q", options.query},
                                               {"admin", api_flag(options.admin)},
                                               {"disabled", api_flag(options.disabled)},
                                               {"sort", options.sort}}));
  show_list(context, items,
            with_look_alikes({{"E-MAIL", "/email"},
                              text_column("NAME", "/name", Fit::kCut),
                              flag_column("ADMIN", "/admin"),
                              flag_column("DISABLED", "/disabled"),
                              time_column("LAST SIGN-IN", "/last_sign_in_at", Fit::kSpare),
                              flag_column("2ND FACTOR", "/totp_enabled", Fit::kSpare),
                              text_column("BELONGS TO", "/organisation/name", Fit::kSpare),
                              text_column("ID", "/id", Fit::kSpare)},
                             items),
            "There are no such users.");
  return {};
}

Result<> show_user(Context& context, const UserOptions& options) {
  TRY(const Found found, find_user(context, options.email));
  TRY(Portal & portal, context.portal());
  TRY(const Reply reply, portal.get(path_of("/users", found.id)));
  show(context, reply.body, reply.etag);
  return {};
}

Result<> create_user(Context& context, const UserOptions& options) {
  TRY(Portal & portal, context.portal());
  RequestBody body;
  body.set("email", options.email, "EMAIL").set("name", options.name.value_or(options.email), "--name");
  if (options.is_admin) body.set("admin", true, "--admin");
  TRY(const Reply reply, portal.create("/users", body));
  if (context.globals().json) {
    context.print_json(reply.body);
    return {};
  }
  const auto* user = find_at(reply.body, "/user");
  show(context, user == nullptr ? boost::json::value() : *user);
  const auto* password = find_at(reply.body, "/password");
  if (password != nullptr) show_password(context, options.email, *password);
  return {};
}

Result<> edit_user(Context& context, const UserOptions& options) {
  RequestBody body;
  if (options.name) body.set("name", *options.name, "--name");
  if (!options.admin.empty()) body.set("admin", options.admin == "yes", "--admin");
  if (!options.disabled.empty()) body.set("disabled", options.disabled == "yes", "--disabled");
  if (options.verified) body.set("email_verified", true, "--email-verified");
  TRY(const Found found, find_user(context, options.email));
  TRY(const Reply reply, edit(context, path_of("/users", found.id), body, options.version));
  show(context, reply.body, reply.etag);
  return {};
}

Result<> delete_user(Context& context, const UserOptions& options) {
  TRY(const Found found, find_user(context, options.email));
  TRY_VOID(confirmed_name(context, found, "user", options.confirmation));
  TRY(Portal & portal, context.portal());
  TRY_VOID(portal.remove(path_of("/users", found.id)));
  context.tell(deleted_json(found), "User " + found.name + " is deleted.");
  return {};
}

Result<> reset_password(Context& context, const UserOptions& options) {
  TRY(const Found found, find_user(context, options.email));
  TRY(Portal & portal, context.portal());
  TRY(const Reply reply, portal.post(path_of("/users", found.id, "/password"), RequestBody()));
  if (context.globals().json) {
    context.print_json(reply.body);
    return {};
  }
  const auto* password = find_at(reply.body, "/password");
  if (password != nullptr) show_password(context, found.name, *password);
  return {};
}

Result<> remove_second_factor(Context& context, const UserOptions& options) {
  TRY(const Found found, find_user(context, options.email));
  TRY(Portal & portal, context.portal());
  TRY_VOID(portal.remove(path_of("/users", found.id, "/totp")));
  context.tell(deleted_json(found),
               found.name + " signs in with the password alone until a second factor is set up again.");
  return {};
}

using Run = Result<> (*)(Context&, const UserOptions&);

Added<UserOptions> add_on_one(Command noun, std::string name, std::string description, Run run, std::string argument) {
  auto added = add(noun, std::move(name), std::move(description), run);
  // Completion offers users where one is named, and not where one is made.
  added.command.argument(run == create_user ? "EMAIL" : "USER", added.options->email, std::move(argument)).required();
  return added;
}

}  // namespace

void add_user_commands(Command root) {
  Command noun = root.add("user", "Accounts of people (admins)");
  const Words yes_or_no = {"yes", "no"};

  auto [list, listed] = add(noun, "list", "Lists the accounts", list_users);
  list.option("--query", listed->query, "TEXT", "Only those whose e-mail address or name holds this");
  list.option("--admin", listed->admin, "YES|NO", "Only admins, or only others").one_of(yes_or_no);
  list.option("--disabled", listed->disabled, "YES|NO", "Only disabled ones, or only others").one_of(yes_or_no);
  list.option("--sort", listed->sort, "KEY", "email, name or created_at; with - in front: descending")
      .such_as({"email", "-email", "name", "-name", "created_at", "-created_at"});

  add_on_one(noun, "show", "Shows an account", show_user, "E-mail address or id");

  auto [create, created] = add_on_one(noun, "create", "Makes an account; its password is printed once", create_user,
                                      "E-mail address, with which it signs in");
  create.option("--name", created->name, "NAME", "The person's name");
  create.flag("--admin", created->is_admin, "An admin, who runs the portal");

  auto [edit_command, edited] = add_on_one(noun, "edit", "Changes an account", edit_user, "E-mail address or id");
  edit_command.option("--name", edited->name, "NAME", "The person's name");
  edit_command.option("--admin", edited->admin, "YES|NO", "Whether it is an admin").one_of(yes_or_no);
  edit_command.option("--disabled", edited->disabled, "YES|NO", "Whether it may not sign in").one_of(yes_or_no);
  edit_command.flag("--email-verified", edited->verified,
                    "You vouch for the e-mail address: the account belongs to no organisation any more");
  edit_command.option("--if-version", edited->version, "VERSION",
                      "Only if it is still the version that `show` printed");

  auto [delete_command, deleted] =
      add_on_one(noun, "delete", "Deletes an account", delete_user, "E-mail address or id");
  delete_command.option("--yes-delete", deleted->confirmation, "EMAIL", "Its e-mail address, so that nothing is asked");

  add_on_one(noun, "reset-password", "Makes a new password, which is printed once", reset_password,
             "E-mail address or id");
  add_on_one(noun, "remove-second-factor", "For somebody who has lost it", remove_second_factor,
             "E-mail address or id");
}

}  // namespace larder::cli
