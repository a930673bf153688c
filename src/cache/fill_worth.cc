#include "cache/fill_worth.h"

#include <algorithm>

#include "cache/object_info.h"

namespace larder::cache {

bool is_for_somebody(const FillStanding& fill) {
  return fill.awaited || (fill.only_now && (fill.read || fill.unread_for < kComesBack));
}

bool goes_on(const FillStanding& fill) {
  if (is_for_somebody(fill) || fill.asked_ahead) return true;
  return fill.only_now && fill.left != kUnknownTotal && fill.left <= std::max(kWorthFinishing, fill.received);
}

}  // namespace larder::cache
