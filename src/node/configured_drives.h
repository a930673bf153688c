// check_drives(): the drives of a configuration as they are on this machine now.
#pragma once

#include <string>
#include <string_view>

#include "core/result.h"
#include "node/node_config.h"
#include "storage/disk.h"

namespace larder::node {

/// What keeps drives from being used now, from getting as large as they are to be, or from being noted: the node starts
/// in spite of it.
/// A line for each: "FILE:LINE: KEY: what is wrong and what would be right". "": nothing.
/// Errors: kInvalid; what never works, in lines of the same form.
Result<std::string> check_drives(const NodeConfig& config, std::string_view file, storage::Disk& disk);

}  // namespace larder::node
