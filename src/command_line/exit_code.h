// ExitCode: what a script learns from the end of `larder` (docs/operations/cli.md).
#pragma once

namespace larder::command_line {

enum class ExitCode {
  kDone = 0,
  kUsage = 1,         // the command line is wrong, or something on this machine is
  kInvalid = 2,       // the portal refused what was asked for: fields are wrong
  kNotSignedIn = 3,   // no credentials, or they are not accepted
  kForbidden = 4,     // signed in, without the role or scope
  kNotFound = 5,      // not there, or not for the caller's eyes
  kConflict = 6,      // what is there forbids it; somebody else changed it meanwhile
  kUnreachable = 7,   // no portal, or it fails, or wants to be left alone for a while
  kWaitedInVain = 8,  // `node wait` ran out of time
  kDifferences = 9,   // `apply --dry-run`: there is something to do
};

}  // namespace larder::command_line
