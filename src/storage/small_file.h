// Small files that are read and replaced as a whole.
//
// Threads    any.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"
#include "storage/disk.h"

namespace larder::storage {

/// Nothing if it is not there. Errors: kCorrupt (more than `limit` bytes), and those of Disk.
Result<std::optional<std::string>> read_small_file(Disk& disk, const std::string& path, std::uint64_t limit);
/// After a crash it is as it was before or as it is to be. Errors: of Disk.
Result<> replace_file(Disk& disk, const std::string& folder, std::string_view name, std::string_view text);

}  // namespace larder::storage
