// For how long an old object goes to everybody without its origin being asked again.
//
// Pure functions. Threads: any.
#pragma once

#include <chrono>

#include "core/clock.h"
#include "origin/content_rule.h"

namespace larder::cache {

/// While an origin does not answer.
inline constexpr auto kStaleGrace = std::chrono::seconds(30);
/// When it is only another request that keeps it from being asked.
inline constexpr auto kShortGrace = std::chrono::seconds(2);

/// Whether all who ask for an object of that rule ask for it in the same words.
bool asks_alike(const origin::ContentRule& rule);

/// After a request under `rule` came to an end that has its older object served (RoundVerdict::kStale): a query that is
/// bad may be answered 503, or kept waiting, all day, which says nothing of others. `was_asked`: the origin was
/// reached, so it is something that was said, or not said, to this query.
SteadyTime::duration stale_grace(bool was_asked, const origin::ContentRule& rule);

}  // namespace larder::cache
