// OriginTable: the object whose origin misbehaves, and one that is stored before it does.
#pragma once

#include <string>

#include "fault_table.h"
#include "origin_replies.h"

namespace larder::integration {

inline constexpr std::uint64_t kSize = 2 * kMiB + 100'017;
inline constexpr std::uint64_t kSeed = 91;
inline const std::string kPath = "/t/object.bin";
inline const std::string kStored = "/t/stored.bin";

class OriginTable : public FaultTable {
 protected:
  OriginTable() {
    origin_.put(kPath, {.seed = kSeed, .size = kSize});
    origin_.put(kStored, {.seed = kSeed, .size = kSize});
  }
  void start() {
    node_.start();
    expect_whole(kStored, kSeed, kSize);
  }
  /// Every eighth client asks for what is stored, which is no matter of the origin's.
  static Ask part(std::size_t client) {
    return {target(client % 8 == 7 ? kStored : kPath), part_of(client, kSize), kSize};
  }
};

}  // namespace larder::integration
