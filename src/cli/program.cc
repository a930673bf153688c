#include "cli/program.h"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>
#include <string_view>

#include "cli/commands.h"
#include "cli/context.h"
#include "cli/reference.h"
#include "core/pretty_json.h"
#include "terminal/printable.h"

namespace larder::cli {
namespace {

void add_globals(Command root, Globals& globals) {
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
  add_organisation_commands(root);
  add_invitation_commands(root);
  add_user_commands(root);
  add_access_commands(root);
  add_audit_commands(root);
  add_names_command(root);
  add_completion_command(root, line);
  add_man_command(root, line);
}

// What stands below the commands in the help, in 80 columns.
std::string footer() {
  std::string variables = "Variables:";
  for (const Variable& variable : kVariables) {
    variables += fmt::format("{} {}", &variable == kVariables.begin() ? "" : ",", variable.name);
  }
  std::string codes = "Exit codes:";
  for (std::size_t code = 0; code < kExitMeanings.size(); ++code) {
    codes += fmt::format("{} {} {}", code == 0 ? "" : ";", code, kExitMeanings.at(code));
  }
  std::string text;
  for (const std::string& part : {variables + ".", codes + "."}) {
    for (const std::string& line : terminal::wrap(part, 80)) text += (text.empty() ? "" : "\n") + line;
  }
  return text;
}

// Of a command line that is wrong nothing is known but its words.
ExitCode tell_mistake(std::string text, const std::vector<std::string>& words, terminal::Console& console) {
  if (std::ranges::find(words, "--json") != words.end()) {
    constexpr std::string_view kName = "larder: ";
    if (text.starts_with(kName)) text.erase(0, kName.size());
    while (text.ends_with('\n')) text.pop_back();
    text = json_on_one_line(failure_json({ExitCode::kUsage, std::move(text)}));
  }
  console.error << text;
  return ExitCode::kUsage;
}

}  // namespace

ExitCode run(const std::vector<std::string>& words, Environment& environment) {
  Globals globals;
  CommandLine line("The command line of Larder's portal", footer());
  add_globals(line.root(), globals);
  add_commands(line.root(), line);

  const CommandLine::Parsed parsed = line.parse(words);
  if (parsed.wrong) return tell_mistake(parsed.text, words, environment.console);
  if (!parsed.action) environment.console.out << parsed.text;
  Context context(environment, globals);
  const auto done = parsed.action ? parsed.action(context) : Result<>();
  environment.console.out.flush();
  if (done && environment.console.out.good()) return ExitCode::kDone;
  const Failure failure = done ? Failure(ExitCode::kUsage, "Cannot write the answer.") : done.error();
  context.report(failure);
  return failure.code;
}

}  // namespace larder::cli
