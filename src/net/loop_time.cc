#include "net/loop_time.h"

#include <utility>

namespace larder::net {

std::optional<SteadyTime> LoopTime::next() const {
  if (waits_.empty()) return std::nullopt;
  return waits_.begin()->first;
}

void LoopTime::wake_due() {
  while (!waits_.empty() && waits_.begin()->first <= now()) {
    const auto wake = std::move(waits_.extract(waits_.begin()).mapped());
    wake();
  }
}

}  // namespace larder::net
