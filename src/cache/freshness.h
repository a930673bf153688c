// How old a response is, and how long it may be served before its origin is asked again.
//
// Threads    pure functions.
// Source     RFC 9111, sections 4.2 and 5.2.2; facts on Delivery Optimization content: Vary and no-store of content
//            that a rule names must not keep it from being cached (docs/decisions/0006-freshness.md).
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "core/clock.h"

namespace larder::cache {

struct FreshnessInput {
  std::optional<std::chrono::seconds> rule_fresh;  // the content rule's own word, beats everything
  bool honour_no_store = false;
  std::string_view cache_control;
  std::string_view expires;
  std::string_view date;
  std::string_view age;
  std::string_view last_modified;
  WallTime now;
};

/// What decided how long it is fresh.
enum class FreshnessBasis { kRule, kNoCache, kSharedMaxAge, kMaxAge, kExpires, kGuess };

struct Freshness {
  WallTime fresh_until;
  WallTime born;                      // when the origin made or validated it, by our clock (RFC 9111 4.2.3)
  bool forbidden = false;             // the origin forbids to keep it, and the content rule obeys
  std::optional<WallTime> sent = {};  // what Date says, by the origin's clock
  FreshnessBasis basis = FreshnessBasis::kRule;
};

Freshness assess_freshness(const FreshnessInput& input);

}  // namespace larder::cache
