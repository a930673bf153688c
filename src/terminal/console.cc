#include "terminal/console.h"

#include <istream>
#include <ostream>

#include "core/pretty_json.h"
#include "terminal/printable.h"

namespace larder::terminal {

void Console::print(const Table& table) { out << table.to_string(screen); }
void Console::print_json(const boost::json::value& value) { out << pretty_json(value); }
void Console::print_line(std::string_view text) { out << printable(text) << '\n'; }
void Console::say(std::string_view text) { error << printable(text) << '\n'; }

Result<std::string> Console::ask(std::string_view prompt) {
  error << printable(prompt) << ' ' << std::flush;
  std::string line;
  if (!std::getline(in, line)) {
    error << '\n';  // the prompt's line is still open
    return fail(Errc::kInvalid, "There was no answer: nothing was done.");
  }
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

}  // namespace larder::terminal
