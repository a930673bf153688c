#include <ostream>

#include "cli/commands.h"
#include "cli/context.h"
#include "command_line/completion.h"

namespace larder::cli {

void add_completion_command(Command root, const CommandLine& line) {
  auto shell = std::make_shared<std::string>();
  Command command = root.add("completion", "Prints the completion script of a shell: source it, or install it");
  command.argument("SHELL", *shell, "bash, zsh or fish").required().one_of({"bash", "zsh", "fish"});
  command.runs([shell, &line](Context& context) -> Result<> {
    const command_line::CommandTree tree = line.tree();
    std::ostream& out = context.console().out;
    if (*shell == "bash") out << command_line::bash_completion(tree);
    if (*shell == "zsh") out << command_line::zsh_completion(tree);
    if (*shell == "fish") out << command_line::fish_completion(tree);
    return {};
  });
}

}  // namespace larder::cli
