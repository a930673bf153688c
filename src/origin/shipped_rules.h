// The rule sets that come with Larder, by the name that `[origin] rules` uses.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "origin/content_rule.h"

namespace larder::origin {

/// Nothing if there is no such set.
std::optional<std::vector<ContentRule>> shipped_rules(std::string_view set_name);
std::vector<std::string_view> shipped_rule_names();

}  // namespace larder::origin
