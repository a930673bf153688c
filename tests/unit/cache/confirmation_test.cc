#include "cache/confirmation.h"

#include <gtest/gtest.h>

#include <vector>

namespace larder::cache {
namespace {

using Origin = FillInterest::Origin;
using State = FillingSlice::State;
using Step = ConfirmStep;

constexpr WholeStanding kParts{.superseded = false, .completable = true};
constexpr WholeStanding kSingle{.superseded = false, .completable = false};
constexpr WholeStanding kOutdated{.superseded = true, .completable = true};

SliceStanding stored() { return {.stored = true}; }
SliceStanding missing() { return {}; }
SliceStanding filling(Origin origin, State state = State::kFilling, bool far_off = false) {
  return {.filling = true, .state = state, .origin = origin, .far_off = far_off};
}

TEST(Confirmation, EachSliceHasOneStep) {
  const struct {
    SliceStanding slice;
    WholeStanding whole;
    Step step = Step::kNext;
  } cases[] = {
      {stored(), kParts, Step::kNext},
      {stored(), kSingle, Step::kNext},
      {stored(), kOutdated, Step::kNext},
      {missing(), kParts, Step::kFill},
      {missing(), kSingle, Step::kFindAnew},
      {missing(), kOutdated, Step::kFindAnew},
      {filling(Origin::kAsked), kParts, Step::kWait},
      {filling(Origin::kAsked), kSingle, Step::kWait},
      {filling(Origin::kConfirmed), kParts, Step::kReady},
      {filling(Origin::kConfirmed), kSingle, Step::kNext},
      {filling(Origin::kGone), kParts, Step::kFill},
      {filling(Origin::kAsked, State::kWhole), kParts, Step::kNext},
      {filling(Origin::kConfirmed, State::kFilling, true), kSingle, Step::kForward},
      {filling(Origin::kAsked, State::kFilling, true), kSingle, Step::kWait},
  };
  for (const auto& each : cases) {
    EXPECT_EQ(confirm_step(each.slice, each.whole), each.step)
        << each.slice.stored << each.slice.filling << static_cast<int>(each.slice.state)
        << static_cast<int>(each.slice.origin) << each.slice.far_off << each.whole.superseded << each.whole.completable;
  }
}

// Whatever is where: a range begins only if each of its slices is at hand, is coming, or can still be asked for.
TEST(Confirmation, NothingOfAnotherVersionIsCountedOn) {
  for (const State state : {State::kFilling, State::kWhole, State::kAbandoned}) {
    for (const Origin origin : {Origin::kAsked, Origin::kConfirmed, Origin::kGone}) {
      for (unsigned bits = 0; bits < 32; ++bits) {
        const SliceStanding slice{(bits & 1) != 0, (bits & 2) != 0, state, origin, (bits & 4) != 0};
        const WholeStanding whole{(bits & 8) != 0, (bits & 16) != 0};
        const Step step = confirm_step(slice, whole);
        if (step == Step::kFill) {
          EXPECT_FALSE(slice.stored);
        }
        if (step == Step::kFill && !slice.filling) {
          EXPECT_TRUE(whole.completable && !whole.superseded);
        }
        if (step == Step::kReady) {
          EXPECT_TRUE(whole.completable && origin == Origin::kConfirmed);
        }
        if (step == Step::kNext && !slice.stored) {
          EXPECT_TRUE(slice.filling && (state == State::kWhole || origin == Origin::kConfirmed));
        }
      }
    }
  }
}

}  // namespace
}  // namespace larder::cache
