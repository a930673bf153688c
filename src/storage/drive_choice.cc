#include "storage/drive_choice.h"

#include <cmath>
#include <cstring>

namespace larder::storage {
namespace {

// In (0, 1], from well-mixed bits.
double unit_interval(std::uint64_t bits) { return (static_cast<double>(bits >> 11) + 1) * 0x1p-53; }

constexpr std::uint64_t kDrawMultiplier = 0xD6E8'FEB8'6659'FD93;

}  // namespace

std::uint64_t choice_seed(const DriveId& drive) {
  std::uint64_t seed = 0;
  std::memcpy(&seed, drive.data(), sizeof seed);
  return seed;
}

// The tag is well mixed; one more multiplication each way makes its draws for two drives independent enough.
double draw_for(const SliceIndex::Hash& key, std::uint64_t seed, std::uint64_t size) {
  const std::uint64_t drawn = (key.tag.high ^ seed) * kDrawMultiplier;
  return -static_cast<double>(size) / std::log(unit_interval((drawn ^ (drawn >> 32)) * kDrawMultiplier));
}

}  // namespace larder::storage
