// Console: the streams of a program that talks to people. Answers go to one and nothing else does; messages and
// questions go to the other.
#pragma once

#include <boost/json/value.hpp>
#include <functional>
#include <iosfwd>
#include <string>
#include <string_view>

#include "core/result.h"
#include "terminal/table.h"

namespace larder::terminal {

struct Console {
  std::istream& in;
  std::ostream& out;
  std::ostream& error;
  /// Prints the prompt and reads a line that is not shown. Errors: kUnavailable (no terminal).
  std::function<Result<std::string>(std::string_view prompt)> ask_secret;
  bool in_is_terminal = false;
  bool out_is_terminal = false;
  Screen screen;

  void print(const Table& table);
  void print_json(const boost::json::value& value);
  /// A line of an answer.
  void print_line(std::string_view text);
  /// A line on standard error.
  void say(std::string_view text);
  /// Asks at the terminal; `prompt` is a question. Errors: kInvalid (nobody answers).
  Result<std::string> ask(std::string_view prompt);
};

}  // namespace larder::terminal
