#include "cli/commands.h"
#include "cli/confirm.h"
#include "cli/list_view.h"
#include "cli/lookup.h"
#include "cli/version_tag.h"
#include "core/json_at.h"

namespace larder::cli {
namespace {

struct ResourceOptions {
  std::string resource;
  std::string organisation;
  std::optional<std::string> name;
  std::optional<std::string> notes;
  std::string version;
  std::string confirmation;
  std::string query;
  std::string sort;
};

void show(Context& context, const Reply& reply) {
  if (context.globals().json) return context.print_json(with_version(reply.body, reply.etag));
  const auto& resource = reply.body;
  Record record;
  record.add("Resource", text_at(resource, "/name"));
  record.add("Id", text_at(resource, "/id"));
  record.add("Organisation", text_at(resource, "/organisation/name"));
  record.add("Nodes", text_at(resource, "/node_count"));
  record.add("Notes", text_at(resource, "/notes"));
  record.add("Created", short_time(text_at(resource, "/created_at")));
  record.add("Changed", short_time(text_at(resource, "/updated_at")));
  record.add("Version", version_of(reply.etag));
  context.print(record.table());
}

Result<> list_resources(Context& context, const ResourceOptions& options) {
  TRY(Portal & portal, context.portal());
  Fields filters = {{"q", options.query}, {"sort", options.sort}};
  TRY_VOID(filter_by_organisation(context, options.organisation, filters));
  TRY(const auto items, portal.list("/resources", filters));
  show_list(context, items,
            {text_column("NAME", "/name", Fit::kCut),
             text_column("ORGANISATION", "/organisation/name", Fit::kCut),
             number_column("NODES", "/node_count"),
             {"ID", "/id"},
             text_column("NOTES", "/notes", Fit::kSpare)},
            "There is no resource that you can see.");
  return {};
}

Result<> show_resource(Context& context, const ResourceOptions& options) {
  TRY(const Found found, find_resource(context, options.resource, options.organisation));
  TRY(Portal & portal, context.portal());
  TRY(const Reply reply, portal.get(path_of("/resources", found.id)));
  show(context, reply);
  return {};
}

RequestBody make_body(const ResourceOptions& options, const std::string& name_origin) {
  RequestBody body;
  if (options.name) body.set("name", *options.name, name_origin);
  if (options.notes) body.set("notes", *options.notes, "--notes");
  return body;
}

Result<> create_resource(Context& context, const ResourceOptions& options) {
  TRY(const Found organisation, find_organisation(context, options.organisation));
  TRY(Portal & portal, context.portal());
  TRY(const Reply reply,
      portal.create(path_of("/organisations", organisation.id, "/resources"), make_body(options, "NAME")));
  show(context, reply);
  return {};
}

Result<> edit_resource(Context& context, const ResourceOptions& options) {
  TRY(const Found found, find_resource(context, options.resource, options.organisation));
  TRY(const Reply reply, edit(context, path_of("/resources", found.id), make_body(options, "--name"), options.version));
  show(context, reply);
  return {};
}

Result<> delete_resource(Context& context, const ResourceOptions& options) {
  TRY(const Found found, find_resource(context, options.resource, options.organisation));
  return delete_named(context, "/resources", found, "resource", options.confirmation);
}

using Run = Result<> (*)(Context&, const ResourceOptions&);

Added<ResourceOptions> add_with_organisation(Command noun, std::string name, std::string description, Run run) {
  auto added = add(noun, std::move(name), std::move(description), run);
  added.command.option("--org", added.options->organisation, "ORGANISATION", "Name or id of the organisation");
  return added;
}

}  // namespace

void add_resource_commands(Command root) {
  Command noun = root.add("resource", "Resources: what nodes are grouped in");

  auto [list, listed] = add_with_organisation(noun, "list", "Lists the resources that you can see", list_resources);
  list.option("--query", listed->query, "TEXT", "Only those whose name holds this");
  list.option("--sort", listed->sort, "KEY", "name or created_at; with - in front: descending")
      .such_as({"name", "-name", "created_at", "-created_at"});

  auto [show_command, shown] = add_with_organisation(noun, "show", "Shows a resource", show_resource);
  show_command.argument("RESOURCE", shown->resource, "Name or id; not needed if there is only one");

  auto [create, created] = add_with_organisation(noun, "create", "Makes a resource (operators)", create_resource);
  create.argument("NAME", created->name, "Its name").required();
  create.option("--notes", created->notes, "TEXT", "For yourselves");

  auto [edit_command, edited] = add_with_organisation(noun, "edit", "Changes a resource (operators)", edit_resource);
  edit_command.argument("RESOURCE", edited->resource, "Name or id").required();
  edit_command.option("--name", edited->name, "NAME", "A new name");
  edit_command.option("--notes", edited->notes, "TEXT", "For yourselves");
  edit_command.option("--if-version", edited->version, "VERSION",
                      "Only if it is still the version that `show` printed");

  auto [delete_command, deleted] =
      add_with_organisation(noun, "delete", "Deletes a resource that has no nodes", delete_resource);
  delete_command.argument("RESOURCE", deleted->resource, "Name or id").required();
  delete_command.option("--yes-delete", deleted->confirmation, "NAME", "Its name, so that nothing is asked");
}

}  // namespace larder::cli
