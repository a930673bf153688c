// LatencyCounts: how many waits were how long, by one thread.
//
// Threads    add(): one. The rest: any.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "core/clock.h"
#include "node/count.h"

namespace larder::node {

class LatencyCounts {
 public:
  /// Waits of up to so long; longer ones are counted behind them.
  static constexpr std::array kBounds = {
      std::chrono::milliseconds(5),     std::chrono::milliseconds(10),    std::chrono::milliseconds(25),
      std::chrono::milliseconds(50),    std::chrono::milliseconds(100),   std::chrono::milliseconds(250),
      std::chrono::milliseconds(500),   std::chrono::milliseconds(1'000), std::chrono::milliseconds(2'500),
      std::chrono::milliseconds(5'000), std::chrono::milliseconds(10'000)};

  struct Sum {
    std::array<std::uint64_t, kBounds.size() + 1> counts{};
    std::chrono::microseconds all{0};
  };

  void add(SteadyTime::duration waited) {
    const auto bound = std::ranges::lower_bound(kBounds, waited);
    counts_[static_cast<std::size_t>(bound - kBounds.begin())].add(1);
    microseconds_.add(
        static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(waited).count()));
  }
  void add_to(Sum& sum) const {
    for (std::size_t i = 0; i < counts_.size(); ++i) sum.counts[i] += counts_[i].value();
    sum.all += std::chrono::microseconds(microseconds_.value());
  }

 private:
  std::array<Count, kBounds.size() + 1> counts_;
  Count microseconds_;
};

}  // namespace larder::node
