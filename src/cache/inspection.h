// Inspection: what a node knows of one URL at one moment, for people who ask why it is served as it is.
//
// Looking changes nothing: no entry is made, nothing counts as asked for, and no origin is asked. Purges are taken into
// account, as for the next request.
//
// Threads    inspect() from any thread that may wait for a disk.
// Cost       a look into the index for each slice, up to `most_slices`.
#pragma once

#include <cstdint>
#include <optional>

#include "cache/cache.h"
#include "cache/forward.h"
#include "cache/freshness.h"
#include "cache/object_info.h"
#include "core/clock.h"
#include "origin/target.h"

namespace larder::cache {

struct Inspection {
  bool in_memory = false;  // an object of the URL is
  bool on_drive = false;   // a description of it is
  /// The description on the drive says that the origin has another version, of which nothing is known.
  bool replaced = false;
  bool purged = false;  // hard: what is stored is never used again
  /// A newer description may have been lost: the origin is asked before this one is used.
  bool unsure = false;
  bool asking = false;             // somebody is finding out more from the drive or the origin
  std::optional<Forward> forward;  // while requests go to the origin one by one

  // Object: what is stored under the URL, or on its way.
  struct Object {
    ObjectInfo info;
    bool fresh = false;
    bool lent = false;      // old, and served all the same: its origin does not answer
    bool outdated = false;  // purged, soft, and not confirmed by its origin since
    bool doubted = false;   // served only once its origin has confirmed it
    SteadyTime::duration age{};
    SteadyTime::duration fresh_for{};  // from now on; negative: since when it is old
    FreshnessBasis basis = FreshnessBasis::kGuess;
    std::uint64_t slices = 0;  // of the whole object; 0 if its length is not known
    std::uint64_t looked_at = 0;
    std::uint64_t stored = 0;
    std::uint64_t stored_bytes = 0;
    std::uint64_t under_way = 0;  // being filled, or waiting to be
  };
  std::optional<Object> object;
};

/// More is not looked at: an object of a TiB, or whatever length an origin claims.
inline constexpr std::uint64_t kMostInspectedSlices = std::uint64_t{1} << 20;

/// Blocks, for one read from a drive if the object is not in memory. Errors: those of SliceStore::read_description(),
/// but for kNotFound, and kCorrupt for a description that cannot be read.
Result<Inspection> inspect(Cache& cache, const origin::Target& target,
                           std::uint64_t most_slices = kMostInspectedSlices);

}  // namespace larder::cache
