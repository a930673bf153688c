// Environment: all of the world that commands touch besides the portal: streams, variables, time. main gives the real
// one, tests give theirs.
#pragma once

#include <chrono>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>

#include "cli/table.h"
#include "core/clock.h"
#include "core/result.h"

namespace larder::cli {

struct Environment {
  std::istream& in;
  std::ostream& out;
  std::ostream& error;
  const Clock& clock;
  /// nullopt if it is not set, or empty.
  std::function<std::optional<std::string>(std::string_view name)> variable;
  std::function<void(std::chrono::milliseconds)> pause;
  /// Prints the prompt and reads a line that is not shown. Errors: kUnavailable (no terminal).
  std::function<larder::Result<std::string>(std::string_view prompt)> ask_secret;
  std::string host_name;
  bool in_is_terminal = false;
  bool out_is_terminal = false;
  Screen screen;
};

}  // namespace larder::cli
