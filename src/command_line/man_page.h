// Manual pages, made from the tree of commands: they cannot fall behind it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "command_line/command_tree.h"

namespace larder::command_line {

/// The page of `larder` (no `path`) or of one of its commands ({"node", "create"}), for man(1); of a noun with all
/// commands below it. nullopt: there is no such command.
std::optional<std::string> man_page(const CommandTree& tree, const std::vector<std::string>& path);

}  // namespace larder::command_line
