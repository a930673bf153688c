#include "client/retry.h"

#include <algorithm>
#include <charconv>

namespace larder::client {

std::optional<std::chrono::milliseconds> Retry::after_lost(bool was_sent) {
  if (!was_sent && tries_ == 1) return std::nullopt;
  return again(next_pause_);
}

std::optional<std::chrono::milliseconds> Retry::after_refused(std::string_view retry_after) {
  int seconds = 0;
  const auto [end, error] = std::from_chars(retry_after.data(), retry_after.data() + retry_after.size(), seconds);
  if (error != std::errc{} || seconds < 0) return again(next_pause_);
  if (std::chrono::seconds(seconds) > kMostPause) return std::nullopt;  // better said than waited for
  return again(std::max(next_pause_, std::chrono::milliseconds(std::chrono::seconds(seconds))));
}

std::optional<std::chrono::milliseconds> Retry::again(std::chrono::milliseconds pause) {
  if (!is_repeatable_ || tries_ >= kMostTries) return std::nullopt;
  ++tries_;
  next_pause_ = std::min(2 * next_pause_, kMostPause);
  return pause;
}

}  // namespace larder::client
