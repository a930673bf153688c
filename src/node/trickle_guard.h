// TrickleGuard: tells a response that the origin lets trickle: its client does better to ask the origin itself.
//
// Delivery Optimization clients leave a node for a quarter of an hour when they get less than 4,000 bytes a second for
// twenty seconds; a response that is cut costs nothing. Only time spent waiting for bytes counts, not a client that
// takes them slowly.
//
// A value. Threads: one.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>
#include <vector>

#include "core/clock.h"

namespace larder::node {

/// Why a response is cut then, for logs.
inline constexpr std::string_view kTrickles =
    "the origin sends less than 4,000 bytes a second: the client does better to ask it itself";

class TrickleGuard {
 public:
  static constexpr auto kWindow = std::chrono::seconds(15);
  static constexpr std::uint64_t kBytesPerSecond = 4000;

  /// Notes that `bytes` came after `waited`.
  void add(SteadyTime::duration waited, std::uint64_t bytes) {
    if (samples_.empty() && waited == SteadyTime::duration::zero()) return;  // what is stored needs no memory for it
    if (samples_.empty() || samples_.back().waited >= kSample) samples_.push_back({});
    samples_.back().waited += waited;
    samples_.back().bytes += bytes;
    waited_ += waited;
    bytes_ += bytes;
    while (waited_ - samples_.front().waited >= kWindow) {
      waited_ -= samples_.front().waited;
      bytes_ -= samples_.front().bytes;
      samples_.erase(samples_.begin());
    }
  }
  /// The last kWindow of waiting brought less than kBytesPerSecond.
  bool trickles() const {
    const std::chrono::duration<double> seconds = waited_;
    return waited_ >= kWindow && static_cast<double>(bytes_) < seconds.count() * kBytesPerSecond;
  }

 private:
  static constexpr auto kSample = std::chrono::milliseconds(500);

  struct Sample {
    SteadyTime::duration waited{};
    std::uint64_t bytes = 0;
  };

  std::vector<Sample> samples_;  // at most kWindow / kSample and a few
  SteadyTime::duration waited_{};
  std::uint64_t bytes_ = 0;
};

}  // namespace larder::node
