#include "command_line/man_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <iterator>
#include <string_view>

#include "core/version.h"

namespace larder::command_line {
namespace {

// A line of text that troff takes for nothing else: a dash stays one that can be copied.
std::string troff(std::string_view text) {
  std::string out = text.starts_with('.') || text.starts_with('\'') ? "\\&" : "";
  for (const char c : text) {
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c == '\n' ? ' ' : c;
    }
  }
  return out;
}

std::string upper(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return out;
}

// A command, and the words that lead to it.
struct Topic {
  std::string words;  // "larder node create"
  const CommandTree* command;
};

std::optional<Topic> find_topic(const CommandTree& tree, const std::vector<std::string>& path) {
  Topic topic{tree.name, &tree};
  for (const std::string& word : path) {
    const auto& below = topic.command->commands;
    const auto found = std::ranges::find(below, word, &CommandTree::name);
    if (found == below.end()) return std::nullopt;
    topic = {topic.words + " " + word, &*found};
  }
  return topic;
}

// "larder node create NAME [OPTIONS]"
std::string synopsis(const Topic& topic) {
  std::string line = fmt::format("\\fB{}\\fR", troff(topic.words));
  if (!topic.command->commands.empty()) line += " \\fICOMMAND\\fR";
  for (const OptionInfo& argument : topic.command->arguments) {
    const std::string name = fmt::format("\\fI{}\\fR", troff(argument.value));
    line += argument.is_required ? " " + name : " [" + name + "]";
  }
  for (const OptionInfo& option : topic.command->options) {
    if (option.is_required)
      line += fmt::format(" \\fB{}\\fR \\fI{}\\fR", troff(option.names.back()), troff(option.value));
  }
  return line + " [\\fIOPTIONS\\fR]";
}

void add_section(std::string& page, std::string_view title) { page += fmt::format(".SH {}\n", title); }

void add_item(std::string& page, std::string_view term, std::string_view text) {
  page += fmt::format(".TP\n{}\n{}\n", term, troff(text));
}

std::string term_of(const OptionInfo& option) {
  std::string term;
  for (const std::string& name : option.names)
    term += fmt::format("{}\\fB{}\\fR", term.empty() ? "" : ", ", troff(name));
  if (!option.value.empty()) term += fmt::format(" \\fI{}\\fR", troff(option.value));
  return term;
}

bool is_help(const OptionInfo& option) { return option.names.back() == "--help"; }

// Its arguments and options; those of all commands are `larder`'s own.
void add_options(std::string& page, const CommandTree& command, bool with_help) {
  for (const OptionInfo& argument : command.arguments) {
    add_item(page, fmt::format("\\fI{}\\fR", troff(argument.value)), argument.description);
  }
  for (const OptionInfo& option : command.options) {
    if (with_help || !is_help(option)) add_item(page, term_of(option), option.description);
  }
}

// Those below `topic` that do something, each with what it takes.
void add_commands_below(std::string& page, const Topic& topic) {
  for (const CommandTree& child : topic.command->commands) {
    const Topic below{topic.words + " " + child.name, &child};
    if (!child.commands.empty()) {
      add_commands_below(page, below);
      continue;
    }
    page += fmt::format(".SS {}\n{}.\n.PP\n{}\n", troff(below.words), troff(child.description), synopsis(below));
    add_options(page, child, false);
  }
}

void add_reference(std::string& page, const Reference& reference) {
  add_section(page, "ENVIRONMENT");
  for (const auto& variable : reference.variables)
    add_item(page, fmt::format("\\fB{}\\fR", variable.name), variable.meaning);
  add_section(page, "EXIT STATUS");
  for (std::size_t code = 0; code < reference.exit_meanings.size(); ++code) {
    add_item(page, std::to_string(code), reference.exit_meanings[code]);
  }
}

}  // namespace

std::optional<std::string> man_page(const CommandTree& tree, const std::vector<std::string>& path) {
  const auto topic = find_topic(tree, path);
  if (!topic) return std::nullopt;
  std::string name = topic->words;
  std::ranges::replace(name, ' ', '-');
  std::string page = fmt::format(".TH {} 1 \"\" \"larder {}\" \"Larder\"\n", upper(name), kVersion);
  add_section(page, "NAME");
  page += fmt::format("{} \\- {}\n", troff(name), troff(topic->command->description));
  add_section(page, "SYNOPSIS");
  page += synopsis(*topic) + "\n";
  add_section(page, "OPTIONS");
  add_options(page, *topic->command, true);
  if (!path.empty()) page += ".PP\nOptions of every command, variables and exit codes: \\fBlarder\\fR(1).\n";
  if (!topic->command->commands.empty()) {
    add_section(page, "COMMANDS");
    add_commands_below(page, *topic);
  }
  if (path.empty()) add_reference(page, tree.reference);
  return page;
}

}  // namespace larder::command_line
