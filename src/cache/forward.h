// Forward: why a request is not answered from the cache, but by its origin itself (docs/decisions/0014-forwarding.md).
//
// Threads    values and pure functions.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

#include "cache/object_info.h"
#include "core/clock.h"

namespace larder::cache {

enum class ForwardReason {
  kForbidden,        // private or no-store, which the content rule honours
  kNoValidator,      // old when it comes, and nothing to ask the origin about it with
  kNoDrive,          // one response or nothing, and no drive that would hold it for those who read more slowly
  kFarRange,         // a part far behind what has come of an object that is one response
  kChanging,         // another version with nearly every answer
  kLongAnswer,       // no object, and too long to be held for others
  kRefusedToOthers,  // the origin refuses it to others, who asked for it in other words
  kRefused,          // the origin refuses this request more of an object that it gave to others
  kTooLong,          // of more bytes than an object may have, or with longer fields
};
inline constexpr std::size_t kForwardReasons = 9;

constexpr std::string_view to_string(ForwardReason reason) {
  constexpr std::array<std::string_view, kForwardReasons> kNames = {"forbidden",         "no_validator", "no_drive",
                                                                    "far_range",         "changing",     "long_answer",
                                                                    "refused_to_others", "refused",      "too_long"};
  return kNames[static_cast<std::size_t>(reason)];
}

struct Forward {
  ForwardReason reason = ForwardReason::kForbidden;
  SteadyTime until{};       // for all requests of its URL; a time that has passed: only for those who waited
  bool is_refusal = false;  // said of one of several queries or hosts: only for those who asked for the same
};

/// Why what `info` describes is not kept; nothing: it is. `has_drives`: one is in use; `untold`: the response brings
/// all of it, and nobody knows its length before it ends.
std::optional<ForwardReason> why_forward(const ObjectInfo& info, bool has_drives, bool untold);
/// The same of an object that was kept, after a 304 said `info` of it.
std::optional<ForwardReason> why_no_longer(const ObjectInfo& info);

}  // namespace larder::cache
