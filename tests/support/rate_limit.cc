#include "support/rate_limit.h"

#include <algorithm>

namespace larder::support {
namespace {

constexpr std::uint64_t kStepsPerSecond = 500;
// Slow flows go packet by packet, very slow ones in parts of a packet, so that no wait is long.
constexpr std::uint64_t kPacket = 1460;
constexpr std::uint64_t kLeastStepsPerSecond = 20;
// What was not used while nobody asked is not made up for later, save for this much of a late wake-up.
constexpr auto kCatchUp = std::chrono::milliseconds(20);

}  // namespace

std::size_t RateLimit::step(std::size_t wanted) const {
  if (bytes_per_second_ == 0) return wanted;
  const std::uint64_t least = std::min(kPacket, bytes_per_second_ / kLeastStepsPerSecond + 1);
  return std::min<std::size_t>(wanted, std::max(least, bytes_per_second_ / kStepsPerSecond));
}

bool RateLimit::wait(std::size_t bytes) {
  if (bytes_per_second_ == 0) return true;
  std::unique_lock lock(mutex_);
  const auto cost = std::chrono::duration_cast<std::chrono::steady_clock::duration>(
      std::chrono::duration<double>(static_cast<double>(bytes) / static_cast<double>(bytes_per_second_)));
  const auto due = std::max(next_, std::chrono::steady_clock::now() - kCatchUp) + cost;
  next_ = due;
  return !stopped_changed_.wait_until(lock, due, [this] { return stopped_; });
}

void RateLimit::stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  stopped_changed_.notify_all();
}

}  // namespace larder::support
