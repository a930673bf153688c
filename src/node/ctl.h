// ctl: what `larder-node ctl VERB` asks a running node, and what it prints.
//
// Threads    any; blocks.
#pragma once

#include <string>
#include <string_view>

#include "cache/purge.h"
#include "core/result.h"
#include "node/ctl_client.h"

namespace larder::node {

enum class CtlVerb { kStatus, kDrives, kInspect, kReload, kDrain, kUndrain, kScrub, kPurge };

struct CtlCommand {
  CtlVerb verb = CtlVerb::kStatus;
  std::string url;     // kInspect
  std::string drive;   // kScrub; "": all
  std::string rate;    // kScrub, as "100MB/s"; "": as configured
  cache::Purge purge;  // kPurge
  bool json = false;   // the document as it came
};

struct CtlOutcome {
  std::string output;   // for standard output
  std::string failure;  // for people; "": none
};

CtlRequest to_request(const CtlCommand& command);
/// Errors: kCorrupt (the answer is no JSON object).
Result<CtlOutcome> to_outcome(const CtlCommand& command, const CtlResponse& response);

/// Errors: those of ask_node() and to_outcome().
Result<CtlOutcome> run_ctl(const CtlCommand& command, const std::string& socket);

/// listen.control of a configuration, whatever else is wrong with that. Errors: kInvalid (no TOML), kNotFound (it has
/// none); each says what would be right.
Result<std::string> control_socket_of(std::string_view config, std::string_view file);

}  // namespace larder::node
