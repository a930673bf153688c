// Which drive a slice is stored on: weighted rendezvous hashing over the drives in use.
//
// Every drive draws a number from the key, larger drives draw higher; the highest takes the slice. A drive that goes
// leaves the choice of all other keys as it was, one that comes takes its share of every other.
//
// Threads    pure functions.
// Source     Schindelhauer, Schomaker: weighted distributed hash tables (SPAA 2005).
#pragma once

#include <cstdint>

#include "storage/segment_format.h"
#include "storage/slice_index.h"

namespace larder::storage {

/// A drive's own part in its draws: the same for the same drive, whatever its path or number.
std::uint64_t choice_seed(const DriveId& drive);

/// What a drive of `size` bytes draws for a key; no two drives draw the same but by a chance of 2^-53.
double draw_for(const SliceIndex::Hash& key, std::uint64_t seed, std::uint64_t size);

}  // namespace larder::storage
