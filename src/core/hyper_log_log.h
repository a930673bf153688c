// HyperLogLog: about how many different things were seen, in a kilobyte.
//
// Threads    a value.
// Source     Flajolet, Fusy, Gandouet, Meunier 2007; small counts by linear counting. With 1,024 registers the standard
//            error is 3.3 %.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace larder {

class HyperLogLog {
 public:
  static constexpr unsigned kIndexBits = 10;
  static constexpr std::size_t kRegisters = std::size_t{1} << kIndexBits;

  /// `hash`: of the thing, all of its bits as good as random, and not to be foreseen by who may choose things.
  void add(std::uint64_t hash) {
    const auto rank = static_cast<std::uint8_t>(std::countl_zero((hash << kIndexBits) | (kRegisters - 1)) + 1);
    std::uint8_t& seen = registers_[hash >> (64 - kIndexBits)];
    seen = std::max(seen, rank);
  }
  /// What either has seen.
  void merge(const HyperLogLog& other) {
    for (std::size_t i = 0; i < kRegisters; ++i) registers_[i] = std::max(registers_[i], other.registers_[i]);
  }
  std::uint64_t estimate() const {
    constexpr auto kCount = static_cast<double>(kRegisters);
    constexpr double kAlpha = 0.7213 / (1 + 1.079 / kCount);
    double sum = 0;
    for (const std::uint8_t seen : registers_) sum += std::ldexp(1.0, -seen);
    const auto untouched = static_cast<double>(std::ranges::count(registers_, std::uint8_t{0}));
    double count = kAlpha * kCount * kCount / sum;
    if (count <= 2.5 * kCount && untouched > 0) count = kCount * std::log(kCount / untouched);
    return static_cast<std::uint64_t>(std::llround(count));
  }

 private:
  std::array<std::uint8_t, kRegisters> registers_{};
};

}  // namespace larder
