// Retry: whether a request that failed is sent again, and after how long. Decides only; it touches no socket.
//
// Sent again is what changes nothing (reads) and what carries an Idempotency-Key (creations): the portal gives the
// first answer again if it had done it.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace larder::client {

class Retry {
 public:
  static constexpr int kMostTries = 5;
  static constexpr std::chrono::milliseconds kMostPause{10'000};

  explicit Retry(bool is_repeatable) : is_repeatable_(is_repeatable) {}

  /// The connection failed. A portal that was never reached is not tried again at first: it is down, and whoever typed
  /// the command wants to know. After an answer was lost it may be starting again.
  std::optional<std::chrono::milliseconds> after_lost(bool was_sent);
  /// 503, 429 with a time, or 409 while the same request is being answered elsewhere. `retry_after`: the field's text.
  std::optional<std::chrono::milliseconds> after_refused(std::string_view retry_after);

 private:
  std::optional<std::chrono::milliseconds> again(std::chrono::milliseconds pause);

  bool is_repeatable_;
  int tries_ = 1;
  std::chrono::milliseconds next_pause_{250};
};

}  // namespace larder::client
