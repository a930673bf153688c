// RateLimit: lets a number of bytes a second pass, in small even steps, shared by whoever asks.
//
// Threads    all calls from any thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>

namespace larder::support {

class RateLimit {
 public:
  /// 0: no limit.
  explicit RateLimit(std::uint64_t bytes_per_second) : bytes_per_second_(bytes_per_second) {}

  /// How many of `wanted` bytes may be sent at once: about two milliseconds' worth, so that the flow is even.
  std::size_t step(std::size_t wanted) const;
  /// Waits until `bytes` are due. False: stop() was called.
  bool wait(std::size_t bytes);
  void stop();

 private:
  const std::uint64_t bytes_per_second_;
  std::mutex mutex_;
  std::condition_variable stopped_changed_;
  std::chrono::steady_clock::time_point next_{};
  bool stopped_ = false;
};

}  // namespace larder::support
