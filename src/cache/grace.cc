#include "cache/grace.h"

#include <memory>
#include <variant>

namespace larder::cache {

bool asks_alike(const origin::ContentRule& rule) { return rule.query_in_key && !rule.shared_name; }

SteadyTime::duration stale_grace(const RoundEnd& end, const origin::ContentRule& rule) {
  const bool was_answered = std::holds_alternative<std::shared_ptr<const Answer>>(end);
  return was_answered && !asks_alike(rule) ? kShortGrace : kStaleGrace;
}

}  // namespace larder::cache
