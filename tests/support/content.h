// Content: the bytes of test objects, a pure function of (seed, offset), so that objects of many gigabytes need no
// memory and any range of them can be checked where it arrives.
//
// Cost       several GB/s; compiled optimised and without sanitizers in every build (CMakeLists.txt here).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace larder::support {

/// Writes the bytes [offset, offset + into.size()) of object `seed`.
void fill(std::span<std::byte> into, std::uint64_t seed, std::uint64_t offset);

/// The object offset of the first byte that is not object `seed`'s; nothing if all of them are.
std::optional<std::uint64_t> verify(std::span<const std::byte> bytes, std::uint64_t seed, std::uint64_t offset);

}  // namespace larder::support
