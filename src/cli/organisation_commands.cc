#include "cli/commands.h"
#include "cli/confirm.h"
#include "cli/list_view.h"
#include "cli/lookup.h"
#include "cli/version_tag.h"
#include "command_line/quantity.h"
#include "core/json_at.h"

namespace larder::cli {
namespace {

struct OrganisationOptions {
  std::string organisation;
  std::optional<std::string> name;
  std::string kind = "isp";
  std::optional<std::string> asn;
  std::optional<std::string> contact_name;
  std::optional<std::string> contact_email;
  std::optional<std::string> contact_phone;
  std::optional<std::string> owner_email;
  std::string version;
  std::string confirmation;
  std::string slot;
};

struct ListOptions {
  std::string query;
  std::string kind;
  std::string sort;
};

void show(Context& context, const Reply& reply) {
  if (context.globals().json) return context.print_json(with_version(reply.body, reply.etag));
  const auto& organisation = reply.body;
  Record record;
  record.add("Organisation", text_at(organisation, "/name"));
  add_look_alikes(record, organisation);
  record.add("Id", text_at(organisation, "/id"));
  record.add("Kind", text_at(organisation, "/kind"));
  record.add("AS number", text_at(organisation, "/asn"));
  record.add("Contact", text_at(organisation, "/contact/name"));
  record.add("E-mail", text_at(organisation, "/contact/email"));
  record.add("Phone", text_at(organisation, "/contact/phone"));
  record.add("Nodes", text_at(organisation, "/node_count"));
  record.add("Created", short_time(text_at(organisation, "/created_at")));
  record.add("Changed", short_time(text_at(organisation, "/updated_at")));
  record.add("Version", version_of(reply.etag));
  context.print(record.table());
}

// The contact is one member: what is not named keeps its value.
Result<RequestBody> make_body(const OrganisationOptions& options, const boost::json::value& current) {
  RequestBody body;
  if (options.name) body.set("name", *options.name, "--name");
  if (options.asn) {
    const auto asn = *options.asn == "none" ? 0 : command_line::parse_asn(*options.asn);
    if (!asn) return give_up(ExitCode::kUsage, "--asn: {}", asn.error().text);
    body.set("asn", *asn == 0 ? boost::json::value() : *asn, "--asn");
  }
  if (options.contact_name || options.contact_email || options.contact_phone) {
    body.set("contact",
             {{"name", options.contact_name.value_or(text_at(current, "/contact/name"))},
              {"email", options.contact_email.value_or(text_at(current, "/contact/email"))},
              {"phone", options.contact_phone.value_or(text_at(current, "/contact/phone"))}},
             "the contact");
    body.note("/contact/name", "--contact-name");
    body.note("/contact/email", "--contact-email");
    body.note("/contact/phone", "--contact-phone");
  }
  return body;
}

Result<> list_organisations(Context& context, const ListOptions& options) {
  TRY(Portal & portal, context.portal());
  TRY(const auto items,
      portal.list("/organisations", {{"q", options.query}, {"kind", options.kind}, {"sort", options.sort}}));
  show_list(context, items,
            with_look_alikes({text_column("NAME", "/name", Fit::kCut),
                              {"KIND", "/kind"},
                              {"ASN", "/asn"},
                              number_column("NODES", "/node_count"),
                              {"ID", "/id"},
                              text_column("CONTACT", "/contact/email", Fit::kSpare)},
                             items),
            "There is no organisation that you can see.");
  return {};
}

Result<> show_organisation(Context& context, const OrganisationOptions& options) {
  TRY(const Found found, find_organisation(context, options.organisation));
  TRY(Portal & portal, context.portal());
  TRY(const Reply reply, portal.get(path_of("/organisations", found.id)));
  show(context, reply);
  return {};
}

Result<> create_organisation(Context& context, const OrganisationOptions& options) {
  TRY(RequestBody body, make_body(options, nullptr));
  body.set("name", options.name.value_or(""), "NAME").set("kind", options.kind, "--kind");
  if (options.owner_email) body.set("owner_email", *options.owner_email, "--owner-email");
  TRY(Portal & portal, context.portal());
  TRY(const Reply reply, portal.create("/organisations", body));
  show(context, reply);
  return {};
}

Result<> edit_organisation(Context& context, const OrganisationOptions& options) {
  TRY(const Found found, find_organisation(context, options.organisation));
  TRY(const RequestBody body, make_body(options, found.object));
  TRY(const Reply reply, edit(context, path_of("/organisations", found.id), body, options.version));
  show(context, reply);
  return {};
}

Result<> delete_organisation(Context& context, const OrganisationOptions& options) {
  TRY(const Found found, find_organisation(context, options.organisation));
  return delete_named(context, "/organisations", found, "organisation", options.confirmation);
}

void show_keys(Context& context, const boost::json::value& keys) {
  if (context.globals().json) return context.print_json(keys);
  context.print_line("Customer id " + text_at(keys, "/customer_id"));
  show_list(context, list_at(keys, "/keys"), {{"SLOT", "/slot"}, {"KEY", "/key"}, time_column("SINCE", "/created_at")},
            "It has no keys.");
}

Result<> list_keys(Context& context, const OrganisationOptions& options) {
  TRY(const Found found, find_organisation(context, options.organisation));
  TRY(Portal & portal, context.portal());
  TRY(const Reply reply, portal.get(path_of("/organisations", found.id, "/customer-keys")));
  show_keys(context, reply.body);
  return {};
}

Result<> rotate_key(Context& context, const OrganisationOptions& options) {
  TRY(const Found found, find_organisation(context, options.organisation));
  TRY(Portal & portal, context.portal());
  TRY(const Reply reply,
      portal.post(path_of("/organisations", found.id, "/customer-keys/" + options.slot), RequestBody()));
  show_keys(context, reply.body);
  context.say("The " + options.slot + " key is new; the other one is as it was.");
  return {};
}

void add_field_options(Command command, OrganisationOptions& options) {
  command.option("--asn", options.asn, "NUMBER", "Number of its autonomous system, or none");
  command.option("--contact-name", options.contact_name, "NAME", "Whom to talk to");
  command.option("--contact-email", options.contact_email, "EMAIL", "E-mail address of the contact");
  command.option("--contact-phone", options.contact_phone, "NUMBER", "Telephone number of the contact");
}

using Run = Result<> (*)(Context&, const OrganisationOptions&);

// A command on one organisation, which is its first argument.
Added<OrganisationOptions> add_on_one(Command noun, std::string name, std::string description, Run run) {
  auto added = add(noun, std::move(name), std::move(description), run);
  added.command.argument("ORGANISATION", added.options->organisation, "Name or id; not needed if there is only one");
  return added;
}

}  // namespace

void add_organisation_commands(Command root) {
  Command noun = root.add("org", "Organisations, their members and keys");

  auto [list, listed] = add(noun, "list", "Lists the organisations that you can see", list_organisations);
  list.option("--query", listed->query, "TEXT", "Only those whose name holds this");
  list.option("--kind", listed->kind, "KIND", "isp or enterprise").one_of({"isp", "enterprise"});
  list.option("--sort", listed->sort, "KEY", "name or created_at; with - in front: descending")
      .such_as({"name", "-name", "created_at", "-created_at"});

  add_on_one(noun, "show", "Shows an organisation", show_organisation);

  auto [create, created] = add(noun, "create", "Makes an organisation (admins)", create_organisation);
  create.argument("NAME", created->name, "Its name").required();
  create.option("--kind", created->kind, "KIND", "isp (default) or enterprise").one_of({"isp", "enterprise"});
  add_field_options(create, *created);
  create.option("--owner-email", created->owner_email, "EMAIL", "Who is to own it: an account, or invited");

  auto [edit_command, edited] = add_on_one(noun, "edit", "Changes an organisation", edit_organisation);
  edit_command.option("--name", edited->name, "NAME", "A new name");
  add_field_options(edit_command, *edited);
  edit_command.option("--if-version", edited->version, "VERSION",
                      "Only if it is still the version that `show` printed");

  auto [delete_command, deleted] =
      add(noun, "delete", "Deletes an organisation that has no nodes (admins)", delete_organisation);
  delete_command.argument("ORGANISATION", deleted->organisation, "Name or id").required();
  delete_command.option("--yes-delete", deleted->confirmation, "NAME", "Its name, so that nothing is asked");

  add_on_one(noun, "keys", "Shows the customer keys, with which nodes are installed", list_keys);

  auto [rotate, rotated] =
      add(noun, "rotate-key", "Makes one of the two customer keys new; the other one stays valid", rotate_key);
  rotate.argument("SLOT", rotated->slot, "primary or secondary").required().one_of({"primary", "secondary"});
  rotate.argument("ORGANISATION", rotated->organisation, "Name or id; not needed if there is only one");

  add_member_commands(noun);
}

}  // namespace larder::cli
