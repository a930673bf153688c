// What commands end with: names of command_line/ that all of this folder uses.
#pragma once

#include "command_line/exit_code.h"
#include "command_line/failure.h"

namespace larder::cli {

using command_line::ExitCode;
using command_line::Failure;
using command_line::give_up;
using command_line::Result;

}  // namespace larder::cli
