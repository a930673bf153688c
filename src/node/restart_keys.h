// keys_for_restart(): what of a configuration that was read again waits for a restart.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace larder::node {

/// The keys in which two configurations differ ("drive[0].size"), in their order, but for those that Node::reload()
/// takes over. REQUIRES: both are TOML; what is not has no keys.
std::vector<std::string> keys_for_restart(std::string_view running, std::string_view read_again);

}  // namespace larder::node
