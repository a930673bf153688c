#include "cache/freshness.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "http/cache_control.h"
#include "http/date.h"

namespace larder::cache {
namespace {

using std::chrono::seconds;

// Where the origin says nothing: a tenth of the object's age, within these (RFC 9111 4.2.2).
constexpr seconds kLeastGuess = std::chrono::minutes(10);
constexpr seconds kMostGuess = std::chrono::hours(24);
// However long an origin promises, a year is for ever (RFC 9111 1.2.2 allows any cut).
constexpr seconds kMost = std::chrono::hours(24 * 365);

/// What an Age field says, or what Date tells, whichever is more: caches before us may send no Age.
seconds initial_age(std::string_view age, std::optional<WallTime> sent, WallTime now) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(age.data(), age.data() + age.size(), value);
  if (error != std::errc{} || end != age.data() + age.size()) value = 0;
  const seconds apparent = sent ? std::chrono::floor<seconds>(now - *sent) : seconds(0);
  return std::clamp(std::max(seconds(std::min(value, std::int64_t{kMost.count()})), apparent), seconds(0), kMost);
}

seconds guess(std::string_view last_modified, WallTime now) {
  const auto modified = http::parse_date(last_modified, now);
  if (!modified || *modified >= now) return kLeastGuess;
  return std::clamp(std::chrono::duration_cast<seconds>(now - *modified) / 10, kLeastGuess, kMostGuess);
}

}  // namespace

Freshness assess_freshness(const FreshnessInput& input) {
  const http::CacheControl control = http::parse_cache_control(input.cache_control);
  const auto sent = http::parse_date(input.date, input.now);
  const seconds age = initial_age(input.age, sent, input.now);
  Freshness result{input.now, input.now - age, input.honour_no_store && (control.no_store || control.is_private), sent};
  if (input.rule_fresh) {
    result.fresh_until = input.now + *input.rule_fresh;
    return result;
  }
  result.basis = FreshnessBasis::kNoCache;
  if (control.no_cache || control.no_store) return result;

  seconds lifetime{};
  if (control.s_maxage) {
    lifetime = *control.s_maxage;
    result.basis = FreshnessBasis::kSharedMaxAge;
  } else if (control.max_age) {
    lifetime = *control.max_age;
    result.basis = FreshnessBasis::kMaxAge;
  } else if (!input.expires.empty()) {
    const auto expires = http::parse_date(input.expires, input.now);
    // An Expires that cannot be read means: already expired (RFC 9111 5.3).
    lifetime = expires ? std::chrono::duration_cast<seconds>(*expires - sent.value_or(input.now)) : seconds(0);
    result.basis = FreshnessBasis::kExpires;
  } else {
    lifetime = guess(input.last_modified, input.now);
    result.basis = FreshnessBasis::kGuess;
  }
  lifetime = std::clamp(lifetime, seconds(0), kMost) - age;
  result.fresh_until = input.now + std::max(lifetime, seconds(0));
  return result;
}

}  // namespace larder::cache
