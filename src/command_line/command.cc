#include "command_line/command.h"

#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <sstream>

#include "core/version.h"
#include "terminal/printable.h"

namespace larder::command_line {

struct CommandLineParts {
  CLI::App app;
  Action chosen;
  std::map<const CLI::Option*, Words> choices;
  Reference reference;
};

namespace {

constexpr std::size_t kHelpColumns = 80;

OptionInfo info_of(const CLI::Option& option, const CommandLineParts& parts) {
  OptionInfo info;
  for (const std::string& name : option.get_snames()) info.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) info.names.push_back("--" + name);
  info.description = option.get_description();
  if (option.get_items_expected_max() > 0) info.value = option.get_type_name();
  info.is_required = option.get_required();
  if (option.get_positional()) info.value = option.get_single_name();
  if (const auto found = parts.choices.find(&option); found != parts.choices.end()) info.choices = found->second;
  return info;
}

CommandTree tree_of(const CLI::App& app, const CommandLineParts& parts) {
  CommandTree tree{app.get_name(), app.get_description(), {}, {}, {}, {}};
  for (const CLI::Option* option : app.get_options()) {
    auto& list = option->get_positional() ? tree.arguments : tree.options;
    list.push_back(info_of(*option, parts));
  }
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    tree.commands.push_back(tree_of(*command, parts));
  }
  return tree;
}

// The command that was named last: the one whose help helps.
const CLI::App& deepest(const CLI::App& app) {
  const auto commands = app.get_subcommands();
  return commands.empty() ? app : deepest(*commands.back());
}

std::string full_name(const CLI::App& app) {
  return app.get_parent() == nullptr ? app.get_name() : full_name(*app.get_parent()) + " " + app.get_name();
}

bool has_commands(const CLI::App& app) {
  return !app.get_subcommands([](const CLI::App*) { return true; }).empty();
}

std::string help_of(const CLI::App& app) {
  return app.help(app.get_parent() == nullptr ? "" : full_name(*app.get_parent()));
}

// Descriptions are wrapped, so that help fits on 80 columns.
class HelpFormatter : public CLI::Formatter {
 public:
  HelpFormatter() { column_width(kNameColumns); }

 private:
  static constexpr std::size_t kNameColumns = 30;

  static std::string wrapped(const std::string& text) {
    return fmt::format("{}", fmt::join(terminal::wrap(text, kHelpColumns - kNameColumns), "\n"));
  }
  std::string make_option_desc(const CLI::Option* option) const override { return wrapped(option->get_description()); }
  std::string make_subcommand(const CLI::App* command) const override {
    std::ostringstream out;
    CLI::detail::format_help(out, command->get_display_name(true), wrapped(command->get_description()), kNameColumns);
    return out.str();
  }
};

// What stands below the commands in the help of the program itself.
std::string footer_of(const Reference& reference) {
  std::string variables;
  for (const auto& variable : reference.variables) {
    variables += (variables.empty() ? "Variables: " : ", ") + variable.name;
  }
  std::string codes;
  for (std::size_t code = 0; code < reference.exit_meanings.size(); ++code) {
    codes += fmt::format("{}{} {}", code == 0 ? "Exit codes: " : "; ", code, reference.exit_meanings[code]);
  }
  std::string text;
  for (const std::string& part : {variables, codes}) {
    if (part.empty()) continue;
    for (const std::string& line : terminal::wrap(part + ".", kHelpColumns)) text += (text.empty() ? "" : "\n") + line;
  }
  return text;
}

std::string with_full_stop(std::string text) {
  while (text.ends_with('\n') || text.ends_with('.')) text.pop_back();
  return text + ".";
}

std::string what_is_wrong(const CLI::App& app, const CLI::App& command, const CLI::ParseError& error) {
  const std::vector<std::string> unknown = app.remaining(true);
  const bool wants_command = has_commands(command) && command.get_subcommands().empty();
  if (wants_command && !unknown.empty()) {
    return fmt::format("\"{}\" is no command of {}", terminal::printable(unknown.front()), full_name(command));
  }
  if (!unknown.empty()) return fmt::format("\"{}\" is not expected here", terminal::printable(unknown.front()));
  return terminal::printable(error.what());
}

CommandLine::Parsed mistake(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App& command = deepest(app);
  // A noun alone: what can follow it is more use than that something must.
  const bool wants_command = has_commands(command) && command.get_subcommands().empty();
  if (wants_command && app.remaining(true).empty()) return {{}, help_of(command), true};
  return {{},
          fmt::format("larder: {} See: {} --help\n", with_full_stop(what_is_wrong(app, command, error)),
                      full_name(command)),
          true};
}

}  // namespace

Option& Option::required() {
  option_->required();
  return *this;
}

Option& Option::one_of(Words words) {
  option_->check(CLI::Validator(
      [words](std::string& word) -> std::string {
        if (std::ranges::find(words, word) != words.end()) return "";
        return fmt::format("\"{}\" is none of {}", word, fmt::join(words, ", "));
      },
      ""));
  return such_as(std::move(words));
}

Option& Option::such_as(Words words) {
  parts_->choices[option_] = std::move(words);
  return *this;
}

Command Command::add(std::string name, std::string description) {
  CLI::App* command = app_->add_subcommand(std::move(name), std::move(description));
  command->require_subcommand(1);
  command->footer("Every command takes --json and what else `larder --help` lists.");
  return {*command, *parts_};
}

Option Command::argument(std::string name, std::string& into, std::string description) {
  return {app_->add_option(std::move(name), into, std::move(description))->type_name(""), *parts_};
}

Option Command::argument(std::string name, std::optional<std::string>& into, std::string description) {
  return {app_->add_option(std::move(name), into, std::move(description))->type_name(""), *parts_};
}

Option Command::argument(std::string name, Words& into, std::string description) {
  return {app_->add_option(std::move(name), into, std::move(description))->type_name(""), *parts_};
}

Option Command::option(std::string name, std::string& into, std::string value, std::string description) {
  return {app_->add_option(std::move(name), into, std::move(description))->type_name(std::move(value)), *parts_};
}

Option Command::option(std::string name, std::optional<std::string>& into, std::string value, std::string description) {
  return {app_->add_option(std::move(name), into, std::move(description))->type_name(std::move(value)), *parts_};
}

Option Command::option(std::string name, Words& into, std::string value, std::string description) {
  CLI::Option* option = app_->add_option(std::move(name), into, std::move(description));
  // One value each time, so that the word that follows is what it is without it.
  option->type_name(std::move(value))->allow_extra_args(false);
  return {option, *parts_};
}

Option Command::flag(std::string name, bool& into, std::string description) {
  return {app_->add_flag(std::move(name), into, std::move(description)), *parts_};
}

void Command::runs(Action action) {
  app_->require_subcommand(0);
  app_->callback([parts = parts_, action = std::move(action)] { parts->chosen = action; });
}

CommandLine::CommandLine(std::string description, Reference reference) : parts_(std::make_unique<CommandLineParts>()) {
  CLI::App& app = parts_->app;
  app.name("larder");
  app.description(std::move(description));
  app.footer(footer_of(reference));
  parts_->reference = std::move(reference);
  app.fallthrough();  // --json may stand behind the command too
  app.require_subcommand(1);
  app.formatter(std::make_shared<HelpFormatter>());
  app.set_version_flag("--version", fmt::format("larder {}", kVersion));
}

CommandLine::~CommandLine() = default;

Command CommandLine::root() { return {parts_->app, *parts_}; }
CommandTree CommandLine::tree() const {
  CommandTree tree = tree_of(parts_->app, *parts_);
  tree.reference = parts_->reference;
  return tree;
}

CommandLine::Parsed CommandLine::parse(const Words& words) {
  CLI::App& app = parts_->app;
  parts_->chosen = nullptr;
  if (words.empty()) return {{}, app.help(), true};
  std::vector<const char*> arguments = {"larder"};
  for (const std::string& word : words) arguments.push_back(word.c_str());
  try {
    app.parse(static_cast<int>(arguments.size()), arguments.data());
  } catch (const CLI::CallForHelp&) {
    return {{}, help_of(deepest(app)), false};
  } catch (const CLI::CallForVersion& version) {
    return {{}, std::string(version.what()) + "\n", false};
  } catch (const CLI::ParseError& error) {
    return mistake(app, error);
  }
  return {parts_->chosen, "", false};
}

}  // namespace larder::command_line
