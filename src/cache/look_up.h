// look_up(): the object of a URL, from memory, from disk or from its origin, or what the origin says instead, or that
// the request has to be forwarded.
//
// Threads    the loop of its fills.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <variant>

#include "cache/fills.h"
#include "cache/url_entry.h"
#include "core/deadline.h"
#include "core/task.h"
#include "http/range.h"
#include "origin/origin_client.h"

namespace larder::cache {

// Found: an object that may be served now.
struct Found {
  std::shared_ptr<UrlEntry> entry;
  std::shared_ptr<Object> object;
  bool confirmed = false;  // the origin has said so since it was asked for
  /// Slices that this lookup itself made the origin send: they count as filled, not hit.
  std::uint32_t own_first = 0;
  std::uint32_t own_count = 0;
};

using Lookup = std::variant<Found, std::shared_ptr<const Answer>, Forward>;

/// The object at hand, if it may be served without waiting for anything; null otherwise.
std::shared_ptr<Object> usable_object(UrlEntry& entry, const origin::Target& target, SteadyTime now);

/// `wanted` is the range that the client asks for: the first bytes that an unknown object is asked for. `may_learn` is
/// asked before the origin is asked for an object of which nothing is known; empty: that is always allowed.
/// Errors: kTimeout, kUnavailable, kCorrupt, kRefused, kCancelled, kNoSpace (may_learn did not allow it).
Task<Result<Lookup>> look_up(Fills& fills, std::shared_ptr<UrlEntry> entry,
                             std::shared_ptr<const origin::OriginRequest> request,
                             std::optional<http::RangeRequest> wanted, Deadline deadline,
                             std::function<bool()> may_learn = {});

}  // namespace larder::cache
