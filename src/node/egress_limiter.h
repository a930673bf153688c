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
  static constexpr auto kBurst = std::chrono::milliseconds(20);  // what may go out at once after a pause
  /// Whoever has to wait waits at least this long, so that a thousand who wait do not all wake up for each step.
  static constexpr auto kLeastDelay = std::chrono::milliseconds(10);
  static constexpr std::uint64_t kLeastStep = 4 << 10;
  static constexpr std::uint64_t kMostStep = 256 << 10;

  /// 0: no limit.
  void set_rate(std::uint64_t bytes_per_second) { rate_.store(bytes_per_second, std::memory_order_relaxed); }
  bool limited() const { return rate_.load(std::memory_order_relaxed) > 0; }

  /// The most to send in one attempt under a limit: what takes 50 ms at most, or at a low rate everybody would be
  /// silent for as long as one step of one client takes.
  std::uint64_t step() const { return std::clamp(rate_.load(std::memory_order_relaxed) / 20, kLeastStep, kMostStep); }

  /// How long to wait before the next attempt; zero: now.
  std::chrono::nanoseconds delay(SteadyTime now) const {
    if (!limited()) return std::chrono::nanoseconds(0);
    const std::int64_t ahead = due_.load(std::memory_order_relaxed) - now.time_since_epoch().count();
    const std::chrono::nanoseconds wait = std::chrono::nanoseconds(ahead) - kBurst;
    return wait.count() <= 0 ? std::chrono::nanoseconds(0) : std::max<std::chrono::nanoseconds>(wait, kLeastDelay);
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
