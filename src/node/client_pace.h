// ClientPace: tells a client that takes its bytes, if slowly, from one that only holds a connection.
//
// It counts what the client has acknowledged, not what the kernel has taken for it: buffers of megabytes would hide
// either for minutes. Only time that bytes were ready in counts.
#pragma once

#include <chrono>
#include <cstdint>

#include "core/stall_guard.h"

namespace larder::node {

class ClientPace {
 public:
  struct Limits {
    std::chrono::milliseconds stall = std::chrono::seconds(60);  // without a byte; also what the rate is averaged over
    std::uint64_t bytes_per_second = 0;                          // 0: any
  };
  enum class Verdict { kGoesOn, kStalls, kTooSlow };

  explicit ClientPace(const Limits& limits)
      : limits_(limits), rate_({.window = limits.stall, .bytes_per_second = limits.bytes_per_second}) {}

  /// After a wait for the client, in which, and since the last one, it took `bytes`.
  Verdict waited(std::chrono::steady_clock::duration duration, std::uint64_t bytes) {
    silent_ = bytes > 0 ? std::chrono::steady_clock::duration(0) : silent_ + duration;
    if (silent_ >= limits_.stall) return Verdict::kStalls;
    return rate_.keeps_up(duration, bytes) ? Verdict::kGoesOn : Verdict::kTooSlow;
  }

 private:
  const Limits limits_;
  std::chrono::steady_clock::duration silent_{};
  StallGuard rate_;
};

}  // namespace larder::node
