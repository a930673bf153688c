// What somebody who waited for a round makes of its end.
//
// Threads    pure functions.
// Source     RFC 9111 4.2.4 (stale content while an origin is out).
#pragma once

#include "cache/url_entry.h"
#include "core/clock.h"

namespace larder::cache {

struct Waiter {
  SteadyTime begun{};      // when the request began to wait
  bool has_stale = false;  // an older object is at hand
};

enum class RoundVerdict {
  kServe,      // the object of the round
  kStale,      // the older one: the origin is out
  kAnswer,     // pass on what the origin said
  kForward,    // have the origin answer this request itself
  kFail,       // with the round's error
  kLookAgain,  // it says nothing of this request
};

RoundVerdict judge(const RoundEnd& end, const Waiter& waiter, SteadyTime now);

}  // namespace larder::cache
