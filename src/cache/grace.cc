#include "cache/grace.h"

namespace larder::cache {

bool asks_alike(const origin::ContentRule& rule) { return rule.query_in_key && !rule.shared_name; }

SteadyTime::duration stale_grace(bool was_asked, const origin::ContentRule& rule) {
  return was_asked && !asks_alike(rule) ? kShortGrace : kStaleGrace;
}

}  // namespace larder::cache
