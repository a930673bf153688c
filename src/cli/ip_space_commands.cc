#include "cli/block_view.h"
#include "cli/cidr_options.h"
#include "cli/commands.h"
#include "cli/field_lines.h"
#include "cli/list_view.h"
#include "cli/node_place.h"
#include "client/problem.h"
#include "core/json_at.h"

namespace larder::cli {
namespace {

struct CheckOptions {
  NodePlace place;
  CidrOptions cidr;
  bool share_blocks = false;
};

// Whose address space is checked: that of --node, or of an organisation for a node that is yet to be made.
Result<std::string> organisation_of(Context& context, const CheckOptions& options, RequestBody& body) {
  if (options.place.name.empty()) {
    TRY(const Found organisation, find_organisation(context, options.place.organisation));
    return organisation.id;
  }
  TRY(const Found node, options.place.find(context));
  body.set("node", node.id, "--node");
  return text_at(node.object, "/organisation/id");
}

Failure wrong_blocks(const RequestBody& body, const std::vector<client::FieldError>& errors, bool are_more) {
  Failure failure(ExitCode::kInvalid, errors.size() == 1 ? "One block is wrong:" : "Some blocks are wrong:");
  failure.lines = field_lines(body, errors);
  failure.details = {{"errors", field_json(body, errors)}};
  if (are_more) failure.lines.emplace_back(kMoreErrors);
  return failure;
}

void show_check(Context& context, const boost::json::value& check) {
  if (context.globals().json) return context.print_json(check);
  Record record;
  record.add("IP space", state_cell(text_at(check, "/state")));
  record.add("Blocks", text_at(check, "/canonical"));
  context.print(record.table());
  const auto& blocks = list_at(check, "/blocks");
  if (!blocks.empty()) {
    context.print_line("");
    context.print(block_table(blocks));
  }
  context.print_line("");
  const auto* changes = find_at(check, "/changes");
  const Table table = change_table(changes == nullptr ? boost::json::value() : *changes);
  if (table.empty()) {
    context.print_line("Nothing would change in routing.");
  } else {
    context.print_line("What would change in routing:");
    context.print(table);
  }
}

Result<> check(Context& context, const CheckOptions& options) {
  TRY(const auto blocks, read_blocks(context, options.cidr));
  if (!options.cidr.given()) return give_up(ExitCode::kUsage, "Which blocks? Name them with --cidr or --cidr-file.");
  RequestBody body;
  set_blocks(body, blocks);
  if (options.share_blocks) body.set("share_blocks", true, "--share-blocks");
  TRY(const std::string organisation, organisation_of(context, options, body));
  TRY(Portal & portal, context.portal());
  TRY(const Reply reply, portal.post(path_of("/organisations", organisation, "/ip-space/check"), body));
  show_check(context, reply.body);
  const auto errors = client::field_errors(reply.body);
  if (!errors.empty()) return std::unexpected(wrong_blocks(body, errors, flag_at(reply.body, "/more_errors")));
  return {};
}

Result<> show_space(Context& context, const NodePlace& place) {
  TRY(const Found node, place.find(context));
  TRY(Portal & portal, context.portal());
  TRY(const Reply reply, portal.get(path_of("/nodes", node.id, "/ip-space")));
  if (context.globals().json) {
    context.print_json(reply.body);
    return {};
  }
  Record record;
  record.add("Node", text_at(reply.body, "/node/name"));
  record.add("IP space", state_cell(text_at(reply.body, "/state")));
  record.add("Feedback", text_at(reply.body, "/feedback"));
  record.add("Review", text_at(reply.body, "/review"));
  context.print(record.table());
  const auto& blocks = list_at(reply.body, "/blocks");
  if (blocks.empty()) return {};
  context.print_line("");
  context.print(block_table(blocks));
  return {};
}

}  // namespace

void add_ip_space_commands(Command root) {
  Command noun = root.add("ip-space", "Address blocks that nodes serve, and their reviews");

  auto checked = std::make_shared<CheckOptions>();
  Command check_command = noun.add("check", "Shows what a list of blocks would mean; changes nothing (operators)");
  checked->cidr.add_to(check_command);
  check_command.option("--node", checked->place.name, "NODE", "As the new list of this node, not of a further one");
  checked->place.add_to(check_command, false);
  check_command.flag("--share-blocks", checked->share_blocks, "They may overlap your own other nodes, on purpose");
  check_command.runs([checked](Context& context) { return check(context, *checked); });

  auto shown = std::make_shared<NodePlace>();
  Command show = noun.add("show", "Shows the blocks of a node, with the state of each");
  shown->add_to(show);
  show.runs([shown](Context& context) { return show_space(context, *shown); });

  add_review_commands(noun);
}

}  // namespace larder::cli
