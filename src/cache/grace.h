// For how long an old object goes to everybody without its origin being asked again.
//
// Pure functions. Threads: any.
#pragma once

#include <chrono>

#include "cache/round.h"
#include "core/clock.h"
#include "origin/content_rule.h"

namespace larder::cache {

/// While an origin does not answer.
inline constexpr auto kStaleGrace = std::chrono::seconds(30);
/// When it has answered, and not what was asked for.
inline constexpr auto kShortGrace = std::chrono::seconds(2);

/// Whether all who ask for an object of that rule ask for it in the same words.
bool asks_alike(const origin::ContentRule& rule);

// Grace: to whom an older object is lent, and for how long.
struct Grace {
  bool to_all = false;  // else to those alone who ask what was asked
  SteadyTime::duration lasts{};
};

/// After a request under `rule` came to an end that has its older object served (RoundVerdict::kStale): a query that is
/// bad may be answered 503, or kept waiting, all day, which says nothing of others. `for_all`: the origin is known not
/// to be reachable, for whatever it is asked.
Grace stale_grace(const RoundEnd& end, bool for_all, const origin::ContentRule& rule);

}  // namespace larder::cache
