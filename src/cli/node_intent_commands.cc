// What a node is to do (node enable, disable, drain), and its keys.
#include "cli/commands.h"
#include "cli/confirm.h"
#include "cli/installation_view.h"
#include "cli/list_view.h"
#include "cli/node_place.h"
#include "cli/node_view.h"
#include "cli/version_tag.h"
#include "command_line/quantity.h"
#include "core/json_at.h"

namespace larder::cli {
namespace {

struct IntentOptions {
  NodePlace place;
  std::string state;
  std::string until;
  std::string lasting;
};

Result<boost::json::value> end_of(Context& context, const IntentOptions& options) {
  if (!options.until.empty() && !options.lasting.empty()) {
    return give_up(ExitCode::kUsage, "--until and --for say the same in two ways: give one of them.");
  }
  if (!options.until.empty()) {
    TRY(const std::string time, command_line::parse_time(options.until));
    return boost::json::value(time);
  }
  if (!options.lasting.empty()) {
    TRY(const auto duration, command_line::parse_duration(options.lasting));
    return boost::json::value(command_line::time_to_string(context.environment().clock.wall() + duration));
  }
  return boost::json::value();
}

Result<> set_intent(Context& context, const IntentOptions& options) {
  TRY(const auto until, end_of(context, options));
  TRY(const Found found, options.place.find(context));
  RequestBody body;
  boost::json::object intent = {{"state", options.state}};
  if (!until.is_null()) intent["until"] = until;
  body.set("intent", std::move(intent), "node " + options.state);
  body.note("/intent/until", options.until.empty() ? "--for " + options.lasting + ", that is" : "--until");
  TRY(const Reply reply, edit(context, path_of("/nodes", found.id), body, ""));
  context.tell(with_version(reply.body, reply.etag),
               fmt::format("Node {} is {}.", found.name, intent_text(reply.body)));
  return {};
}

Command add(Command noun, std::string name, std::string description, std::string state,
            std::shared_ptr<IntentOptions>& options) {
  options = std::make_shared<IntentOptions>();
  options->state = std::move(state);
  Command command = noun.add(std::move(name), std::move(description));
  options->place.add_to(command);
  command.runs([options](Context& context) { return set_intent(context, *options); });
  return command;
}

struct KeysOptions {
  NodePlace place;
  bool renew = false;
  std::string lasting;
};

void show_keys(Context& context, const boost::json::value& keys) {
  if (context.globals().json) return context.print_json(keys);
  Record record;
  record.add("Customer id", text_at(keys, "/customer_id"));
  record.add("Cache node id", text_at(keys, "/cache_node_id"));
  for (const auto& key : list_at(keys, "/customer_keys")) {
    record.add("Customer key", fmt::format("{} ({})", text_at(key, "/key"), text_at(key, "/slot")));
  }
  std::string state = text_at(keys, "/registration_key/state");
  const std::string expires = short_time(text_at(keys, "/registration_key/expires_at"));
  const std::string used = short_time(text_at(keys, "/registration_key/used_at"));
  if (!expires.empty() && state == "valid") state += " until " + expires;
  if (!used.empty()) state += " at " + used;
  record.add("Registration key", state);
  context.print(record.table());
}

Result<> node_keys(Context& context, const KeysOptions& options) {
  TRY(const Found found, options.place.find(context));
  if (!options.renew) {
    if (!options.lasting.empty()) return give_up(ExitCode::kUsage, "--expires-in goes with --new-registration-key.");
    TRY(Portal & portal, context.portal());
    TRY(const Reply reply, portal.get(path_of("/nodes", found.id, "/keys")));
    show_keys(context, reply.body);
    return {};
  }
  std::optional<std::chrono::seconds> valid_for;
  if (!options.lasting.empty()) {
    TRY(valid_for, command_line::parse_duration(options.lasting));
  }
  TRY(const auto installation, make_installation(context, found.id, valid_for));
  if (context.globals().json) {
    context.print_json(installation_json(installation));
  } else {
    show_installation(context, installation);
  }
  return {};
}

}  // namespace

void add_node_intent_commands(Command node) {
  std::shared_ptr<IntentOptions> options;
  add(node, "enable", "Lets a cache node serve (operators)", "enabled", options);
  add(node, "disable", "Takes a cache node out of service (operators)", "disabled", options);
  Command drain = add(node, "drain", "Sends a cache node no new clients, for a time (operators)", "draining", options);
  drain.option("--until", options->until, "TIME", "Until then, in UTC: 2026-12-01T03:00Z");
  drain.option("--for", options->lasting, "DURATION", "For so long from this moment: 90m, 2h, 1d12h");
}

void add_node_keys_command(Command node) {
  auto options = std::make_shared<KeysOptions>();
  Command command = node.add("keys", "Shows the keys that installing a cache node needs (operators)");
  options->place.add_to(command);
  command.flag("--new-registration-key", options->renew, "Make a registration key; the one before is void");
  command.option("--expires-in", options->lasting, "DURATION", "How long it is valid: 24h, 7d");
  command.runs([options](Context& context) { return node_keys(context, *options); });
}

}  // namespace larder::cli
