#include "cache/round.h"

#include <memory>
#include <variant>

namespace larder::cache {

RoundVerdict judge(const RoundEnd& end, const Waiter& waiter, SteadyTime now) {
  if (const auto* object = std::get_if<std::shared_ptr<Object>>(&end)) {
    // A round may last as long as a body: what the origin said before a request is no answer to it unless it is fresh.
    const bool holds = (*object)->checked() >= waiter.begun || (*object)->usable(now);
    return holds ? RoundVerdict::kServe : RoundVerdict::kLookAgain;
  }
  if (std::holds_alternative<Forward>(end)) return RoundVerdict::kForward;
  const auto* answer = std::get_if<std::shared_ptr<const Answer>>(&end);
  const bool failed = std::holds_alternative<Error>(end);
  const bool is_out = failed || (answer != nullptr && (*answer)->status >= 500);
  if (is_out && waiter.has_stale) return RoundVerdict::kStale;
  if (failed) return RoundVerdict::kFail;
  return answer != nullptr ? RoundVerdict::kAnswer : RoundVerdict::kLookAgain;
}

}  // namespace larder::cache
