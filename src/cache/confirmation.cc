#include "cache/confirmation.h"

namespace larder::cache {

ConfirmStep confirm_step(const SliceStanding& slice, const WholeStanding& whole) {
  using State = FillingSlice::State;
  using Origin = FillInterest::Origin;
  if (slice.stored) return ConfirmStep::kNext;
  if (!slice.filling) {
    if (whole.superseded || !whole.completable) return ConfirmStep::kFindAnew;
    return ConfirmStep::kFill;
  }
  if (slice.state == State::kWhole) return ConfirmStep::kNext;
  if (slice.origin == Origin::kAsked) return ConfirmStep::kWait;
  if (slice.origin == Origin::kGone) return ConfirmStep::kFill;
  if (!whole.completable && slice.far_off) return ConfirmStep::kForward;
  return whole.completable ? ConfirmStep::kReady : ConfirmStep::kNext;
}

}  // namespace larder::cache
