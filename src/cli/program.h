// The program `larder`, without its process: from words to an exit code.
#pragma once

#include <string>
#include <vector>

#include "cli/environment.h"
#include "cli/failure.h"

namespace larder::cli {

/// `words` without the program's name.
ExitCode run(const std::vector<std::string>& words, Environment& environment);

}  // namespace larder::cli
