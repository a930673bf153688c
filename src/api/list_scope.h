// What a caller sees in lists that go across organisations.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/call.h"

namespace larder::api {

/// The caller's organisations; nullopt: all (an administrator).
std::optional<std::vector<std::string>> visible_organisations(const Call& call);

}  // namespace larder::api
