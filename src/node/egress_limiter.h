// EgressLimiter: keeps what all clients get together below a rate (the generic cell rate algorithm).
//
// Threads    all calls from any thread.
// Cost       one atomic operation for each attempt to send; none without a limit.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>

#include "core/clock.h"

namespace larder::node {

class EgressLimiter {
 public:
  /// Bytes that may go out at once after a pause; also the most that is sent in one attempt under a limit.
  static constexpr std::uint64_t kStep = 256 << 10;
  static constexpr auto kBurst = std::chrono::milliseconds(20);

  /// 0: no limit.
  void set_rate(std::uint64_t bytes_per_second) { rate_.store(bytes_per_second, std::memory_order_relaxed); }
  bool limited() const { return rate_.load(std::memory_order_relaxed) > 0; }

  /// How long to wait before the next attempt; zero: now.
  std::chrono::nanoseconds delay(SteadyTime now) const {
    if (!limited()) return std::chrono::nanoseconds(0);
    const std::int64_t ahead = due_.load(std::memory_order_relaxed) - now.time_since_epoch().count();
    return std::max(std::chrono::nanoseconds(ahead) - std::chrono::nanoseconds(kBurst), std::chrono::nanoseconds(0));
  }

  /// Notes what was sent.
  void charge(std::uint64_t bytes, SteadyTime now) {
    const std::uint64_t rate = rate_.load(std::memory_order_relaxed);
    if (rate == 0) return;
    const auto cost = static_cast<std::int64_t>(static_cast<double>(bytes) * 1e9 / static_cast<double>(rate));
    const std::int64_t time = now.time_since_epoch().count();
    std::int64_t due = due_.load(std::memory_order_relaxed);
    while (!due_.compare_exchange_weak(due, std::max(due, time) + cost, std::memory_order_relaxed)) {
    }
  }

 private:
  std::atomic<std::uint64_t> rate_{0};
  std::atomic<std::int64_t> due_{0};  // when all that was sent would have gone out at the rate
};

}  // namespace larder::node
