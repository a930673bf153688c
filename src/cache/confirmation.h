// Whether a range can be had in one version: what a reader does about each of its slices before the first byte is sent.
//
// Whoever needs the origin for a part asks it before the client has got another part: only the origin knows whether the
// version at hand is still its own.
//
// Threads    pure functions.
// Source     docs/decisions/0012-content-that-never-changes.md.
#pragma once

#include <cstdint>

#include "cache/filling_slice.h"

namespace larder::cache {

// SliceStanding: where a slice is.
struct SliceStanding {
  bool stored = false;
  bool filling = false;  // on its way, or in memory only; then:
  FillingSlice::State state = FillingSlice::State::kFilling;
  FillInterest::Origin origin = FillInterest::Origin::kAsked;
  bool far_off = false;     // the range begins here, and many bytes that come before it are not there yet
  std::uint32_t until = 0;  // the same, or better, holds for the slices up to this one
};

// WholeStanding: what is known of the object.
struct WholeStanding {
  bool superseded = false;   // the origin has another version: nothing more of this one is fetched
  bool completable = false;  // what is missing of it can be fetched
};

enum class ConfirmStep {
  kNext,      // this slice is sure: on to the next one
  kReady,     // and so are all after it
  kFill,      // ask the origin for it
  kWait,      // it was asked: wait for what it says
  kFindAnew,  // this version cannot be had any more
  kForward,   // it can, but not in the time that a client has: let the origin answer this request itself
};

ConfirmStep confirm_step(const SliceStanding& slice, const WholeStanding& whole);

}  // namespace larder::cache
