#include "cache/grace.h"

#include <memory>
#include <variant>

namespace larder::cache {

bool asks_alike(const origin::ContentRule& rule) { return rule.query_in_key && !rule.shared_name; }

Grace stale_grace(const RoundEnd& end, bool for_all, const origin::ContentRule& rule) {
  if (for_all || asks_alike(rule)) return {true, kStaleGrace};
  const bool was_answered = std::holds_alternative<std::shared_ptr<const Answer>>(end);
  return {false, was_answered ? kShortGrace : kStaleGrace};
}

}  // namespace larder::cache
