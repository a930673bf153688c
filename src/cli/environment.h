// Environment: all of the world that commands touch besides the portal: the console, variables, time. main gives the
// real one, tests give theirs.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/clock.h"
#include "terminal/console.h"

namespace larder::cli {

struct Environment {
  terminal::Console console;
  const Clock& clock;
  /// nullopt if it is not set, or empty.
  std::function<std::optional<std::string>(std::string_view name)> variable;
  std::function<void(std::chrono::milliseconds)> pause;
  std::string host_name;
};

}  // namespace larder::cli
