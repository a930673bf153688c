// SliceKey: which slice of which version of which object.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>

#include "core/bytes.h"

namespace larder::storage {

/// Slices begin at multiples of this in their object; all but an object's last have this length.
inline constexpr std::uint64_t kSliceSize = kMiB;

/// A 128-bit cryptographic hash (origin/object_id.h), so its bits are evenly spread and nobody finds two alike.
using ObjectId = std::array<std::uint64_t, 2>;

struct SliceKey {
  ObjectId object{};
  /// Slice number; kMetaSlice is the object's description, not a part of its body.
  std::uint32_t number = 0;

  friend auto operator<=>(const SliceKey&, const SliceKey&) = default;
};

inline constexpr std::uint32_t kMetaSlice = 0xFFFF'FFFF;

}  // namespace larder::storage
