// LatencyHistogram: counts of durations in buckets at most 1.6 % wide, so that a percentile of millions of requests
// costs a fixed 30 KiB and no sorting.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace larder::bench {

class LatencyHistogram {
 public:
  void record(std::chrono::nanoseconds duration) {
    const auto value = static_cast<std::uint64_t>(std::max<std::int64_t>(duration.count(), 0));
    ++counts_[bucket_of(value)];
    ++total_;
    max_ = std::max(max_, duration);
  }

  /// The longest of the shortest `share` (0..1) of all durations; 0 if there are none.
  std::chrono::nanoseconds percentile(double share) const {
    const auto rank = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(total_)));
    std::uint64_t seen = 0;
    for (std::size_t bucket = 0; bucket < counts_.size(); ++bucket) {
      seen += counts_[bucket];
      if (seen > 0 && seen >= rank) return std::min(upper_edge(bucket), max_);
    }
    return max_;
  }

  std::chrono::nanoseconds max() const { return max_; }

 private:
  // Values below kSteps have a bucket each; above, every power of two is cut into kSteps steps.
  static constexpr int kStepBits = 6;
  static constexpr std::uint64_t kSteps = 1U << kStepBits;

  static std::size_t bucket_of(std::uint64_t value) {
    if (value < kSteps) return value;
    const int shift = std::bit_width(value) - 1 - kStepBits;
    return (static_cast<std::size_t>(shift) + 1) * kSteps + (value >> shift) - kSteps;
  }

  static std::chrono::nanoseconds upper_edge(std::size_t bucket) {
    if (bucket < kSteps) return std::chrono::nanoseconds(bucket);
    const auto shift = bucket / kSteps - 1;
    return std::chrono::nanoseconds(((bucket % kSteps + kSteps + 1) << shift) - 1);
  }

  std::array<std::uint64_t, (64 - kStepBits) * kSteps> counts_{};
  std::uint64_t total_ = 0;
  std::chrono::nanoseconds max_{};
};

}  // namespace larder::bench
