// Completion scripts for shells, made from the tree of commands: they cannot fall behind it.
#pragma once

#include <string>

#include "command_line/command_tree.h"

namespace larder::command_line {

std::string bash_completion(const CommandTree& tree);
std::string zsh_completion(const CommandTree& tree);
std::string fish_completion(const CommandTree& tree);

}  // namespace larder::command_line
