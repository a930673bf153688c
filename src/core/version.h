// The version that Larder's programs say they are.
#pragma once

#include <string_view>

namespace larder {

inline constexpr std::string_view kVersion = "0.1.0";

}  // namespace larder
