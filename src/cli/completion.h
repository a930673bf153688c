// Completion scripts for shells, made from the tree of commands: they cannot fall behind it.
#pragma once

#include <string>

#include "cli/command_tree.h"

namespace larder::cli {

std::string bash_completion(const CommandTree& tree);
std::string zsh_completion(const CommandTree& tree);
std::string fish_completion(const CommandTree& tree);

}  // namespace larder::cli
