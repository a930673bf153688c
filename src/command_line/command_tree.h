// CommandTree: names of commands and options, without what they do: what completion is generated from.
#pragma once

#include <string>
#include <vector>

namespace larder::command_line {

struct OptionInfo {
  std::vector<std::string> names;  // "--cidr"
  std::string description;
  std::string value;                 // "PREFIX"; "" of flags; of an argument its name
  std::vector<std::string> choices;  // what the value may be
  bool is_required = false;
};

// What help and manual page say beside commands and options.
struct Reference {
  struct Variable {
    std::string name;
    std::string meaning;
  };
  std::vector<Variable> variables;
  std::vector<std::string> exit_meanings;  // by exit code
};

struct CommandTree {
  std::string name;
  std::string description;
  std::vector<OptionInfo> options;
  std::vector<OptionInfo> arguments;  // words without an option
  std::vector<CommandTree> commands;
  Reference reference;  // of the program itself
};

}  // namespace larder::command_line
