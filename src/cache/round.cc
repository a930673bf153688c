#include "cache/round.h"

#include <utility>

#include "core/check.h"

namespace larder::cache {

void Round::finish(RoundEnd end, bool for_all) {
  CHECK(this->end() == nullptr, "a round ended twice");
  end_ = std::move(end);
  for_all_ = for_all;
  over_.store(true, std::memory_order_release);
}

bool Round::holds_for(const origin::Target& target) const {
  return !asked_ || cache::holds_for(end_, for_all_, asked_->target, target);
}

bool same_origin(const origin::Target& a, const origin::Target& b) {
  return a.host == b.host && a.port == b.port && a.tls == b.tls;
}

bool same_request(const origin::Target& a, const origin::Target& b) {
  return same_origin(a, b) && a.path_and_query == b.path_and_query;
}

std::uint64_t request_number(const origin::Target& target) {
  const std::string all = fmt::format("{} {} {} {}", target.tls, target.port, target.host, target.path_and_query);
  return std::hash<std::string>()(all);
}

bool holds_for(const RoundEnd& end, bool for_all, const origin::Target& asked, const origin::Target& target) {
  const auto* forward = std::get_if<Forward>(&end);
  const bool is_refusal =
      std::holds_alternative<std::shared_ptr<const Answer>>(end) || (forward != nullptr && forward->is_refusal);
  if (is_refusal) return same_request(asked, target);
  if (!std::holds_alternative<Error>(end)) return true;
  return for_all ? same_origin(asked, target) : same_request(asked, target);
}

namespace {

/// Statuses that say something of the origin, or of this node, at the moment.
bool says_it_is_out(int status) { return status >= 500 || status == 407 || status == 408 || status == 429; }

}  // namespace

RoundVerdict judge(const RoundEnd& end, const Waiter& waiter, SteadyTime now) {
  if (const auto* object = std::get_if<std::shared_ptr<Object>>(&end)) {
    // A round may last as long as a body: what the origin said before a request is no answer to it unless it is fresh.
    const bool holds = (*object)->checked() >= waiter.begun || (*object)->usable(now);
    return holds ? RoundVerdict::kServe : RoundVerdict::kLookAgain;
  }
  if (std::holds_alternative<Forward>(end)) return RoundVerdict::kForward;
  const auto* answer = std::get_if<std::shared_ptr<const Answer>>(&end);
  const bool failed = std::holds_alternative<Error>(end);
  const bool is_out = failed || (answer != nullptr && says_it_is_out((*answer)->status));
  if (is_out && waiter.has_stale) return RoundVerdict::kStale;
  if (failed) return RoundVerdict::kFail;
  return answer != nullptr ? RoundVerdict::kAnswer : RoundVerdict::kLookAgain;
}

}  // namespace larder::cache
