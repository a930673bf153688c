// eventually(): waits for a condition that nobody announces. Tests wait for conditions, never for time.
#pragma once

#include <poll.h>

#include <chrono>
#include <concepts>

namespace larder::support {

/// How long a test waits for what must come: only a broken program, or a disk that stalls, makes it wait this long.
inline constexpr auto kPatience = std::chrono::seconds(120);

/// True as soon as `condition()` holds; false if it did not within kPatience.
template <std::predicate Condition>
bool eventually(Condition condition) {
  const auto give_up = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > give_up) return false;
    ::poll(nullptr, 0, 1);  // a millisecond between two looks
  }
  return true;
}

}  // namespace larder::support
