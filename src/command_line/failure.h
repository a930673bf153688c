// Failure: why a command was not done: what the user reads, and what the program ends with.
// Result<T>: a value or a Failure.
#pragma once

#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <string>
#include <utility>
#include <vector>

#include "command_line/exit_code.h"
#include "core/result.h"

namespace larder::command_line {

struct Failure {
  Failure(ExitCode exit_code, std::string sentence) : code(exit_code), text(std::move(sentence)) {}
  /// An error on this machine: a file, an argument.
  Failure(Error error) : code(ExitCode::kUsage), text(std::move(error.text)) {}  // NOLINT: implicit on purpose, for TRY

  ExitCode code;
  std::string text;
  std::vector<std::string> lines;  // what is printed below it, one a line
  std::string problem;             // the portal's name of it: "second-factor-required"; empty if it is not the portal's
  boost::json::object details;     // more for programs: what of `lines` is about which field
};

template <class T = void>
using Result = larder::Result<T, Failure>;

/// `return give_up(ExitCode::kNotFound, "There is no node {}.", name);`
template <class... Args>
[[nodiscard]] std::unexpected<Failure> give_up(ExitCode code, fmt::format_string<Args...> format, Args&&... args) {
  return std::unexpected<Failure>(Failure(code, fmt::format(format, std::forward<Args>(args)...)));
}

/// What --json prints of it, as docs/operations/cli.md says.
boost::json::value failure_json(const Failure& failure);

}  // namespace larder::command_line
