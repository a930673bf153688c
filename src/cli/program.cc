#include "cli/program.h"

#include <algorithm>
#include <ostream>
#include <string_view>

#include "cli/commands.h"
#include "cli/context.h"
#include "core/pretty_json.h"

namespace larder::cli {
namespace {

void add_globals(command_line::Command root, Globals& globals) {
  root.flag("--json", globals.json, "Print the API's JSON instead of tables");
  root.option("--portal", globals.portal, "URL", "Another portal than the one signed in to last");
  root.option("--ca-certificate", globals.ca_certificate, "FILE", "Certificates of the authorities to trust");
  root.flag("--insecure-http", globals.insecure_http, "Allow http:// to other machines");
}

void add_commands(Command root, const CommandLine& line) {
  add_sign_in_commands(root);
  add_account_commands(root);
  add_node_commands(root);
  add_ip_space_commands(root);
  add_resource_commands(root);
  add_apply_command(root);
  add_export_command(root);
  add_organisation_commands(root);
  add_invitation_commands(root);
  add_user_commands(root);
  add_access_commands(root);
  add_audit_commands(root);
  add_names_command(root);
  add_completion_command(root, line);
  add_man_command(root, line);
}

command_line::Reference reference() {
  return {.variables = {{"LARDER_PORTAL", "the portal, before the one signed in to last"},
                        {"LARDER_TOKEN", "the API token, before the one that signing in left: for scripts"},
                        {"LARDER_PASSWORD", "the password in force, for login --email and account"},
                        {"NO_COLOR", "no colours"}},
          .exit_meanings = {"done", "wrong here: the command line, a file", "refused, with the options that are wrong",
                            "not signed in", "not allowed", "not there", "conflict",
                            "the portal cannot be reached, or fails", "`node wait` ran out of time",
                            "`apply --dry-run`: there is something to do"}};
}

// Of a command line that is wrong nothing is known but its words.
ExitCode tell_mistake(std::string text, const std::vector<std::string>& words, terminal::Console& console) {
  if (std::ranges::find(words, "--json") != words.end()) {
    constexpr std::string_view kName = "larder: ";
    if (text.starts_with(kName)) text.erase(0, kName.size());
    while (text.ends_with('\n')) text.pop_back();
    text = json_on_one_line(command_line::failure_json({ExitCode::kUsage, std::move(text)}));
  }
  console.error << text;
  return ExitCode::kUsage;
}

}  // namespace

ExitCode run(const std::vector<std::string>& words, Environment& environment) {
  Globals globals;
  Context context(environment, globals);
  CommandLine line("The command line of Larder's portal", reference());
  add_globals(line.root(), globals);
  add_commands({line.root(), context}, line);

  const CommandLine::Parsed parsed = line.parse(words);
  if (parsed.wrong) return tell_mistake(parsed.text, words, environment.console);
  if (!parsed.action) environment.console.out << parsed.text;
  const auto done = parsed.action ? parsed.action() : Result<>();
  environment.console.out.flush();
  if (done && environment.console.out.good()) return ExitCode::kDone;
  const Failure failure = done ? Failure(ExitCode::kUsage, "Cannot write the answer.") : done.error();
  context.report(failure);
  return failure.code;
}

}  // namespace larder::cli
