// CommandTree: names of commands and options, without what they do: what completion is generated from.
#pragma once

#include <string>
#include <vector>

namespace larder::cli {

struct OptionInfo {
  std::vector<std::string> names;  // "--cidr"
  std::string description;
  std::string value;                 // "PREFIX"; "" of flags; of an argument its name
  std::vector<std::string> choices;  // what the value may be
  bool is_required = false;
};

struct CommandTree {
  std::string name;
  std::string description;
  std::vector<OptionInfo> options;
  std::vector<OptionInfo> arguments;  // words without an option
  std::vector<CommandTree> commands;
};

}  // namespace larder::cli
