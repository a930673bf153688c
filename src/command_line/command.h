// CommandLine: the tree of commands, its options and its help. A thin layer over CLI11, whose header is slow to compile
// and is read in command.cc alone.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "command_line/command_tree.h"
#include "command_line/failure.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace larder::command_line {

using Action = std::function<Result<>()>;
using Words = std::vector<std::string>;

struct CommandLineParts;  // what all commands of one tree share

class Option {
 public:
  Option(CLI::Option* option, CommandLineParts& parts) : option_(option), parts_(&parts) {}
  Option& required();
  /// Only these are taken; completion offers them.
  Option& one_of(Words words);
  /// Offered by completion; others are taken too.
  Option& such_as(Words words);

 private:
  CLI::Option* option_;
  CommandLineParts* parts_ = nullptr;
};

class Command {
 public:
  Command(CLI::App& app, CommandLineParts& parts) : app_(&app), parts_(&parts) {}

  /// A command below this one. Until runs() is called it is a noun, which wants one of the commands below it.
  Command add(std::string name, std::string description);

  // What is parsed is written into `into`, which must outlive the parsing: an action keeps it alive.

  /// A word without an option: NAME. Not demanded unless required().
  Option argument(std::string name, std::string& into, std::string description);
  Option argument(std::string name, std::optional<std::string>& into, std::string description);
  Option argument(std::string name, Words& into, std::string description);
  /// `value` is what the help calls it: "NAME"; "FILE" is completed with files.
  Option option(std::string name, std::string& into, std::string value, std::string description);
  Option option(std::string name, std::optional<std::string>& into, std::string value, std::string description);
  /// May be repeated.
  Option option(std::string name, Words& into, std::string value, std::string description);
  Option flag(std::string name, bool& into, std::string description);

  void runs(Action action);

 private:
  CLI::App* app_ = nullptr;
  CommandLineParts* parts_ = nullptr;
};

class CommandLine {
 public:
  explicit CommandLine(std::string description, Reference reference = {});
  ~CommandLine();
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;

  Command root();
  CommandTree tree() const;

  struct Parsed {
    Action action;     // empty: there is nothing to do but to print
    std::string text;  // help, or what is wrong
    bool wrong = false;
  };
  /// `words` without the program's name.
  Parsed parse(const Words& words);

 private:
  std::unique_ptr<CommandLineParts> parts_;
};

}  // namespace larder::command_line
