// The part of check_drives() (slice_store.h) that looks at all drives together.
#pragma once

#include <vector>

#include "storage/slice_store.h"

namespace larder::storage {

/// That no two drives are the same folder or lie one inside the other, and that they are not too many.
/// Errors: kInvalid, and those of Disk.
Result<> check_drives_apart(const std::vector<DriveConfig>& configs, Disk& disk);

}  // namespace larder::storage
