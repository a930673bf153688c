// StallGuard: tells a peer that trickles from one that keeps up, by what came while it was waited for.
//
// Only time spent waiting for the peer counts: whoever is slow on the other side is not taken for it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace larder {

class StallGuard {
 public:
  struct Limits {
    std::chrono::milliseconds window = std::chrono::seconds(20);
    std::uint64_t bytes_per_second = 1024;
  };

  explicit StallGuard(Limits limits) : limits_(limits) {}

  /// False once a whole window's waiting brought fewer bytes than the limit.
  bool keeps_up(std::chrono::steady_clock::duration waited, std::size_t byte_count) {
    waited_ += waited;
    bytes_ += byte_count;
    if (waited_ < limits_.window) return true;
    const double seconds = std::chrono::duration<double>(waited_).count();
    const bool enough = static_cast<double>(bytes_) >= seconds * static_cast<double>(limits_.bytes_per_second);
    waited_ = {};
    bytes_ = 0;
    return enough;
  }

 private:
  Limits limits_;
  std::chrono::steady_clock::duration waited_{};
  std::uint64_t bytes_ = 0;
};

}  // namespace larder
