// which_answer(): tries disks out from outside. A disk that hangs holds whoever asks it, for as long as it likes, and
// not even a kill ends that: so it is another process that asks.
//
// Threads    any.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace larder::storage {

/// Of each of these folders, or the one above where it is not there: whether a file can be made in it, or an error
/// comes of that, within `patience` for all of them. A process of a disk that still hangs is left to itself, and not
/// asked again meanwhile.
std::vector<bool> which_answer(const std::vector<std::string>& folders, std::chrono::milliseconds patience);

}  // namespace larder::storage
