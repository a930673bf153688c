#include "cache/round.h"

#include <utility>

#include "core/check.h"

namespace larder::cache {

void Round::finish(RoundEnd end, std::shared_ptr<const origin::OriginRequest> asked) {
  CHECK(this->end() == nullptr, "a round ended twice");
  end_ = std::move(end);
  asked_ = std::move(asked);
  over_.store(true, std::memory_order_release);
}

bool holds_for(const RoundEnd& end, const origin::Target& asked, const origin::Target& target) {
  const bool refused = std::holds_alternative<std::shared_ptr<const Answer>>(end);
  if (!refused && !std::holds_alternative<Error>(end)) return true;
  const bool same_origin = asked.host == target.host && asked.port == target.port && asked.tls == target.tls;
  return same_origin && (!refused || asked.path_and_query == target.path_and_query);
}

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
