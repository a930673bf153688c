// larder apply, larder export: the resources and nodes of an organisation as one file.
#include <algorithm>
#include <ostream>

#include "apply/fleet_file.h"
#include "apply/plan_view.h"
#include "apply/yaml_parser.h"
#include "apply/yaml_writer.h"
#include "cli/commands.h"
#include "cli/fleet_reader.h"
#include "cli/input_file.h"
#include "cli/plan_runner.h"

namespace larder::cli {
namespace {

struct ApplyOptions {
  std::string file;
  std::string organisation;
  bool dry_run = false;
  bool prune = false;
  bool yes = false;
};

Failure wrong_file(const apply::Mistakes& mistakes, const std::string& file) {
  Failure failure(ExitCode::kUsage, fmt::format("{} cannot be applied:", input_name(file)));
  boost::json::array errors;
  for (const apply::Mistake& mistake : mistakes.list()) {
    failure.lines.push_back(apply::to_string(mistake, input_name(file)));
    errors.push_back({{"line", mistake.line}, {"key", mistake.key}, {"detail", mistake.text}});
  }
  failure.details = {{"errors", std::move(errors)}};
  if (mistakes.are_more()) failure.lines.emplace_back("More is wrong than is listed here.");
  return failure;
}

Result<apply::Fleet> read_fleet_file(Context& context, const std::string& file) {
  TRY(const std::string text, read_input(context, "--file", file, apply::kMostMebibytes));
  auto fleet = apply::read_fleet(text);
  if (!fleet) return std::unexpected(wrong_file(fleet.error(), file));
  return *std::move(fleet);
}

// A file for one organisation must not be applied to another one.
Result<Found> organisation_of(Context& context, const ApplyOptions& options, const apply::Fleet& fleet) {
  if (options.organisation.empty()) return find_organisation(context, fleet.organisation);
  TRY(Found found, find_organisation(context, options.organisation));
  const bool fits = fleet.organisation.empty() || fleet.organisation == found.id ||
                    apply::name_key(fleet.organisation) == apply::name_key(found.name);
  if (fits) return found;
  return give_up(ExitCode::kUsage, "{} is for the organisation {}, and --org names {}.", input_name(options.file),
                 fleet.organisation, found.name);
}

boost::json::object plan_json(const Found& organisation, const apply::Plan& plan, boost::json::array steps) {
  return {{"organisation", {{"id", organisation.id}, {"name", organisation.name}}},
          {"steps", std::move(steps)},
          {"left_alone", boost::json::array(plan.left_alone.begin(), plan.left_alone.end())}};
}

std::string plan_text(Context& context, const Found& organisation, const apply::Plan& plan) {
  const terminal::Screen& screen = context.console().screen;
  std::string text = apply::plan_table(plan.steps).to_string(screen);
  if (!text.empty()) text += '\n';
  terminal::Table end(std::vector{terminal::Fit::kWhole});
  end.add({plan.steps.empty() ? fmt::format("Nothing to do: {} is as the file says.", organisation.name)
                              : apply::summary(plan)});
  return text + apply::left_alone_table(plan).to_string(screen) + end.to_string(screen);
}

Failure outdated(const std::vector<apply::Step>& changes) {
  Failure failure(ExitCode::kConflict, "The plan is out of date, and nothing was done: meanwhile somebody did this.");
  boost::json::array changed;
  for (const apply::Step& change : changes) {
    failure.lines.push_back(apply::sentence(change));
    changed.push_back(apply::to_json(change));
  }
  failure.lines.emplace_back("Apply it again to see the plan as it would be now.");
  failure.details = {{"changed", std::move(changed)}};
  return failure;
}

// A plan that somebody has looked at for a while is compared with what would be done now.
Result<> confirm(Context& context, const Found& organisation, const ApplyOptions& options, const apply::Fleet& fleet,
                 Proposal& proposal) {
  if (options.yes) return {};
  if (!context.console().in_is_terminal || options.file == kStandardInput) {
    return give_up(ExitCode::kUsage,
                   "Nothing was done: there is nobody to ask. --yes applies the plan, --dry-run only shows it.");
  }
  TRY(const std::string answer, context.console().ask("Apply this plan? Only yes does it:"));
  if (answer != "yes") return give_up(ExitCode::kUsage, "Nothing was done: the answer was not yes.");
  TRY(Proposal again, propose(context, organisation, fleet, options.prune));
  const auto changes = apply::changes_between(proposal.present, again.present);
  if (!apply::still_holds(proposal.plan, again.plan, changes)) return std::unexpected(outdated(changes));
  proposal = std::move(again);
  return {};
}

Result<> carry_out(Context& context, const Found& organisation, const ApplyOptions& options, const apply::Plan& plan) {
  TRY(Portal & portal, context.portal());
  PlanRunner runner(context, portal, organisation, input_name(options.file));
  TRY_VOID(runner.run(plan));
  context.tell(plan_json(organisation, plan, runner.results(plan)), fmt::format("Done: {} steps.", plan.steps.size()));
  const bool has_new_nodes = std::ranges::any_of(
      plan.steps, [](const apply::Step& step) { return step.is_node && step.action == apply::Action::kCreate; });
  if (has_new_nodes && !context.globals().json) {
    context.say("What installing a new node needs: larder node keys NAME --new-registration-key");
  }
  return {};
}

Result<> apply_file(Context& context, const ApplyOptions& options) {
  TRY(const apply::Fleet fleet, read_fleet_file(context, options.file));
  TRY(const Found organisation, organisation_of(context, options, fleet));
  TRY(Proposal proposal, propose(context, organisation, fleet, options.prune));
  const apply::Plan& plan = proposal.plan;
  if (!plan.mistakes.empty()) return std::unexpected(wrong_file(plan.mistakes, options.file));

  const bool is_json = context.globals().json;
  const bool only_shown = options.dry_run || plan.steps.empty();
  if (is_json && only_shown) {
    boost::json::array steps;
    for (const apply::Step& step : plan.steps) steps.push_back(apply::to_json(step));
    context.print_json(plan_json(organisation, plan, std::move(steps)));
  } else if (!is_json || !options.yes) {  // who is asked has to see it
    (is_json ? context.console().error : context.console().out) << plan_text(context, organisation, plan) << std::flush;
  }
  if (plan.steps.empty()) return {};
  if (options.dry_run) {
    return give_up(ExitCode::kDifferences, "Nothing was done (--dry-run): {} steps are to do.", plan.steps.size());
  }
  TRY_VOID(confirm(context, organisation, options, fleet, proposal));
  return carry_out(context, organisation, options, plan);
}

Result<> export_fleet(Context& context, const std::string& name) {
  TRY(const Found organisation, find_organisation(context, name));
  TRY(const apply::Present present, read_present(context, organisation));
  const boost::json::value fleet = apply::to_json(apply::described(present));
  if (context.globals().json) {
    context.print_json(fleet);
  } else {
    context.console().out << apply::yaml_text(fleet);
  }
  return {};
}

}  // namespace

void add_apply_command(Command root) {
  auto options = std::make_shared<ApplyOptions>();
  Command command = root.add("apply", "Makes resources and nodes what a file says, after showing a plan (operators)");
  command.option("-f,--file", options->file, "FILE", "The file, YAML or JSON; - is standard input").required();
  command.option("--org", options->organisation, "ORGANISATION",
                 "Name or id of the organisation, if the file has none");
  command.flag("--prune", options->prune, "Delete resources and nodes that the file does not have");
  command.flag("--dry-run", options->dry_run, "Only show the plan; ends with 9 if there is something to do");
  command.flag("--yes", options->yes, "Apply the plan without asking");
  command.runs([options](Context& context) { return apply_file(context, *options); });
}

void add_export_command(Command root) {
  auto organisation = std::make_shared<std::string>();
  Command command = root.add("export", "Prints the resources and nodes of an organisation as a file for apply");
  command.option("--org", *organisation, "ORGANISATION", "Name or id of the organisation");
  command.runs([organisation](Context& context) { return export_fleet(context, *organisation); });
}

}  // namespace larder::cli
