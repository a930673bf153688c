#include <ostream>

#include "cli/commands.h"
#include "cli/context.h"
#include "command_line/man_page.h"

namespace larder::cli {

void add_man_command(Command root, const CommandLine& line) {
  auto path = std::make_shared<Words>();
  Command command = root.add("man", "Prints the manual page: larder man | man -l -");
  command.argument("COMMAND", *path, "Of this command: node create");
  command.runs([path, &line](Context& context) -> Result<> {
    const auto page = command_line::man_page(line.tree(), *path);
    if (!page) return give_up(ExitCode::kUsage, "There is no such command. See: larder --help");
    context.console().out << *page;
    return {};
  });
}

}  // namespace larder::cli
