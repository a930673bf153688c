#include "origin/connection_shares.h"

#include <algorithm>

namespace larder::origin {

void TakenConnections::add(Purpose purpose) {
  ++all;
  if (purpose.use == Use::kOneClient) ++for_one_client;
  if (purpose.urgency == Urgency::kReadAhead) ++read_ahead;
}

void TakenConnections::remove(Purpose purpose) {
  --all;
  if (purpose.use == Use::kOneClient) --for_one_client;
  if (purpose.urgency == Urgency::kReadAhead) --read_ahead;
}

bool may_take(const TakenConnections& taken, std::size_t limit, Purpose purpose) {
  const std::size_t half = std::max<std::size_t>(1, limit / 2);
  const std::size_t for_first_bytes = limit / 8;
  if (taken.all >= limit) return false;
  if (purpose.use == Use::kOneClient && taken.for_one_client >= half) return false;
  if (purpose.urgency == Urgency::kFirstByte) return true;
  if (taken.all >= limit - for_first_bytes) return false;
  return purpose.urgency == Urgency::kAwaited || taken.read_ahead < half;
}

}  // namespace larder::origin
