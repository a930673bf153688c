// Deadline: the time by which something has to be done: made once, by whoever waits in the end, and passed down, so
// that no step of the way (a redirect, another try, a handshake) begins its time anew.
#pragma once

#include <algorithm>

#include "core/clock.h"

namespace larder {

class Deadline {
 public:
  static Deadline never() { return Deadline(SteadyTime::max()); }
  explicit Deadline(SteadyTime time) : time_(time) {}

  SteadyTime time() const { return time_; }
  bool passed(SteadyTime now) const { return now >= time_; }
  /// For a step that may take so long, and never longer than the whole.
  Deadline within(SteadyTime::duration step, SteadyTime now) const { return Deadline(std::min(time_, now + step)); }

 private:
  SteadyTime time_;
};

}  // namespace larder
