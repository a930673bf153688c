#include <algorithm>

#include "cli/commands.h"
#include "cli/confirm.h"
#include "cli/installation_view.h"
#include "cli/list_view.h"
#include "cli/node_fields.h"
#include "cli/node_place.h"
#include "cli/node_view.h"
#include "cli/version_tag.h"
#include "command_line/quantity.h"
#include "core/json_at.h"

namespace larder::cli {
namespace {

constexpr std::string_view kDefaultResource = "default";

struct CreateOptions {
  NodePlace place;  // its name is the new node's
  NodeFields fields;
  bool disabled = false;
  bool no_registration_key = false;
  bool if_missing = false;
};

// Where the new node goes. An organisation without resources gets one, so that the first node needs no other command.
Result<Found> resource_for(Context& context, const NodePlace& place) {
  if (is_id(place.resource)) return find_resource(context, place.resource, "");
  TRY(const Found organisation, find_organisation(context, place.organisation));
  auto found = find_resource(context, place.resource, organisation);
  if (found || !place.resource.empty() || found.error().code != ExitCode::kNotFound) return found;
  TRY(Portal & portal, context.portal());
  RequestBody body;
  body.set("name", kDefaultResource, "the resource");
  TRY(const Reply made, portal.create(path_of("/organisations", organisation.id, "/resources"), body));
  context.say(fmt::format("{} had no resource: made \"{}\".", organisation.name, kDefaultResource));
  return Found{text_at(made.body, "/id"), std::string(kDefaultResource), made.body};
}

// The node is made by now: that its keys cannot be had is told, and is no failure of the command.
void show_created(Context& context, const Reply& made, bool with_keys) {
  std::optional<client::Installation> installation;
  if (with_keys) {
    auto keys = make_installation(context, text_at(made.body, "/id"), std::nullopt);
    if (keys) {
      installation = *std::move(keys);
    } else {
      context.say("The node is made. Its keys cannot be shown: " + keys.error().text);
    }
  }
  if (context.globals().json) {
    boost::json::value node = with_version(made.body, made.etag);
    if (with_keys && node.is_object()) {
      node.get_object()["installation"] = installation ? installation_json(*installation) : boost::json::value();
    }
    return context.print_json(node);
  }
  show_node(context, made.body, made.etag);
  if (!installation) return;
  context.print_line("");
  show_installation(context, *installation);
}

// A script that was cut off is run again: a node that was made is shown, and gets the registration key that it was not
// given any more. One that was given a key keeps it: a new one would make it void.
Result<bool> show_if_there(Context& context, Portal& portal, const Found& resource, const CreateOptions& options) {
  TRY(const auto nodes, portal.list("/nodes", {{"resource", resource.id}, {"q", options.place.name}}));
  const auto found =
      std::ranges::find(nodes, options.place.name, [](const auto& node) { return text_at(node, "/name"); });
  if (found == nodes.end()) return false;
  const std::string id = text_at(*found, "/id");
  TRY(const Reply node, portal.get(path_of("/nodes", id)));
  bool wants_key = false;
  if (!options.no_registration_key) {
    TRY(const Reply keys, portal.get(path_of("/nodes", id, "/keys")));
    wants_key = text_at(keys.body, "/registration_key/state") == "none";
  }
  context.say(fmt::format("Node {} is there already: it is left as it is.", options.place.name));
  show_created(context, node, wants_key);
  return true;
}

Result<> create_node(Context& context, const CreateOptions& options) {
  TRY(RequestBody body, make_node_body(context, options.fields, nullptr));
  body.set("name", options.place.name, "NAME");
  if (options.disabled) body.set("intent", {{"state", "disabled"}}, "--disabled");
  TRY(const Found resource, resource_for(context, options.place));
  TRY(Portal & portal, context.portal());
  if (options.if_missing) {
    TRY(const bool is_there, show_if_there(context, portal, resource, options));
    if (is_there) return {};
  }
  TRY(const Reply made, portal.create(path_of("/resources", resource.id, "/nodes"), body));
  show_created(context, made, !options.no_registration_key);
  return {};
}

struct ListOptions {
  NodePlace place;
  std::string query;
  std::string intent;
  std::string ip_space;
  std::string ring;
  std::string label;
  bool address_conflict = false;
  std::string sort;
  std::string limit;
};

Result<> list_nodes(Context& context, const ListOptions& options) {
  TRY(const std::size_t most, parse_limit(options.limit, 0));
  Fields filters = {{"q", options.query},
                    {"intent", options.intent},
                    {"ip_space", options.ip_space},
                    {"ring", options.ring},
                    {"sort", options.sort}};
  if (options.address_conflict) filters.emplace_back("address_conflict", "true");
  if (!options.place.resource.empty()) {
    TRY(const Found resource, find_resource(context, options.place.resource, options.place.organisation));
    filters.emplace_back("resource", resource.id);
  } else {
    TRY_VOID(filter_by_organisation(context, options.place.organisation, filters));
  }
  if (!options.label.empty()) {
    std::string wanted = options.label;
    if (wanted.find('=') != std::string::npos) {
      TRY(const auto label, command_line::parse_label(wanted));
      wanted = label.first + ":" + label.second;
    }
    filters.emplace_back("label", std::move(wanted));
  }
  TRY(Portal & portal, context.portal());
  TRY(const auto nodes, portal.list("/nodes", filters, most));
  show_nodes(context, nodes);
  return {};
}

Result<> show_one(Context& context, const NodePlace& place) {
  TRY(const Found found, place.find(context));
  TRY(Portal & portal, context.portal());
  TRY(const Reply reply, portal.get(path_of("/nodes", found.id)));
  show_node(context, reply.body, reply.etag);
  return {};
}

struct EditOptions {
  NodePlace place;
  NodeFields fields;
  std::string version;
};

Result<> edit_node(Context& context, const EditOptions& options) {
  TRY(const Found found, options.place.find(context));
  TRY(Portal & portal, context.portal());
  const std::string path = path_of("/nodes", found.id);
  TRY(const Reply current, portal.get(path));
  TRY(const RequestBody body, make_node_body(context, options.fields, current.body));
  const std::string version = options.version.empty() ? current.etag : options.version;
  TRY(const Reply reply, edit(context, path, body, version));
  show_node(context, reply.body, reply.etag);
  return {};
}

struct DeleteOptions {
  NodePlace place;
  std::string confirmation;
};

Result<> delete_node(Context& context, const DeleteOptions& options) {
  TRY(const Found found, options.place.find(context));
  TRY(const std::string name, confirmed_name(context, found, "node", options.confirmation));
  TRY(Portal & portal, context.portal());
  RequestBody body;
  body.set("name", name, "--yes-delete");
  TRY(const Reply reply, portal.remove(path_of("/nodes", found.id), body));
  context.tell(reply.body,
               fmt::format("Node {} is deleted, with {} address blocks and {} keys; reviews withdrawn: {}.", found.name,
                           number_at(reply.body, "/deleted/blocks"), number_at(reply.body, "/deleted/keys"),
                           number_at(reply.body, "/deleted/reviews_withdrawn")));
  return {};
}

void add_create(Command noun) {
  auto options = std::make_shared<CreateOptions>();
  Command command = noun.add("create", "Makes a cache node and shows what installing it needs (operators)");
  command.argument("NAME", options->place.name, "Its name: letters, digits, - and _; it is never changed").required();
  options->place.add_to(command, false);
  options->fields.add_to(command);
  command.flag("--if-missing", options->if_missing,
               "If the resource has a node of this name, show it and change nothing");
  command.flag("--disabled", options->disabled, "It is not to serve anybody yet");
  command.flag("--no-registration-key", options->no_registration_key, "Make no registration key and show no keys");
  command.runs([options](Context& context) { return create_node(context, *options); });
}

void add_list(Command noun) {
  auto options = std::make_shared<ListOptions>();
  Command command = noun.add("list", "Lists the cache nodes that you can see");
  options->place.add_to(command, false);
  command.option("--query", options->query, "TEXT", "Only those whose name, FQDN or address holds this");
  command.option("--intent", options->intent, "STATE", "enabled, disabled or draining")
      .one_of({"enabled", "disabled", "draining"});
  command.option("--ip-space", options->ip_space, "STATE", "State of the IP space")
      .one_of({"not_configured", "valid", "in_review", "attention_required"});
  command.option("--update-ring", options->ring, "RING", "fast or slow").one_of({"fast", "slow"});
  command.option("--label", options->label, "KEY[=VALUE]", "Only those with this label");
  command.flag("--address-conflict", options->address_conflict,
               "Only those whose address another organisation's node is said to have; for administrators");
  command.option("--sort", options->sort, "KEY", "name, created_at or updated_at; with - in front: descending")
      .such_as({"name", "-name", "created_at", "-created_at", "updated_at", "-updated_at"});
  command.option("--limit", options->limit, "COUNT", "Only the first ones");
  command.runs([options](Context& context) { return list_nodes(context, *options); });
}

}  // namespace

void add_node_commands(Command root) {
  Command noun = root.add("node", "Cache nodes");
  add_create(noun);
  add_list(noun);

  auto shown = std::make_shared<NodePlace>();
  Command show = noun.add("show", "Shows a cache node");
  shown->add_to(show);
  show.runs([shown](Context& context) { return show_one(context, *shown); });

  auto edited = std::make_shared<EditOptions>();
  Command edit_command = noun.add("edit", "Changes a cache node; \"none\" as a value takes it away (operators)");
  edited->place.add_to(edit_command);
  edited->fields.add_to(edit_command);
  edited->fields.add_edits_to(edit_command);
  edit_command.option("--if-version", edited->version, "VERSION",
                      "Only if it is still the version that `show` printed");
  edit_command.runs([edited](Context& context) { return edit_node(context, *edited); });

  add_node_intent_commands(noun);
  add_node_keys_command(noun);
  add_node_wait_command(noun);

  auto deleted = std::make_shared<DeleteOptions>();
  Command delete_command = noun.add("delete", "Deletes a cache node, with its keys and blocks; this is final");
  deleted->place.add_to(delete_command);
  delete_command.option("--yes-delete", deleted->confirmation, "NAME", "Its name, so that nothing is asked");
  delete_command.runs([deleted](Context& context) { return delete_node(context, *deleted); });
}

}  // namespace larder::cli
