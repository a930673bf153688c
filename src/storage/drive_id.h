// The id of a drive as text: 32 hexadecimal digits in lower case.
//
// Threads    pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "storage/segment_format.h"

namespace larder::storage {

std::string to_string(const DriveId& id);
std::optional<DriveId> parse_drive_id(std::string_view text);

}  // namespace larder::storage
