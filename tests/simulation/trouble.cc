#include "simulation/trouble.h"

#include <algorithm>

namespace larder::simulation {

using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

/// What comes in its own time, and is whole.
Trouble draw_slowness(const Workload& work, Random& random, bool untold) {
  if (untold && random.happens(work.long_bodies)) return Trouble::kTakesLong;
  return random.happens(work.dribbles) ? Trouble::kDribbles : Trouble::kNone;
}

/// What is a fault of its own, beside those that every origin has.
Trouble draw_excess(const Workload& work, Random& random, bool conditional) {
  if (conditional && random.happens(work.silences)) return Trouble::kSilent;
  if (random.happens(work.huge_lengths)) return Trouble::kHugeLength;
  return random.happens(work.endless_bodies) ? Trouble::kEndless : Trouble::kNone;
}

}  // namespace

Trouble draw_trouble(const Workload& work, Random& random, bool conditional, bool untold) {
  if (const Trouble drawn = draw_excess(work, random, conditional); drawn != Trouble::kNone) return drawn;
  if (const Trouble drawn = draw_slowness(work, random, untold); drawn != Trouble::kNone) return drawn;
  // What a good server may do too.
  if (random.happens(150)) return random.one_of({Trouble::kIgnoresRange, Trouble::kShortRange, Trouble::kLateHead});
  if (!random.happens(work.origin_faults)) return Trouble::kNone;
  const Trouble drawn = random.one_of({Trouble::kWrongStart, Trouble::kWrongTotal, Trouble::kUnasked304,
                                       Trouble::kNotFound, Trouble::kForbidden, Trouble::kInternalError,
                                       Trouble::kUnavailable, Trouble::kStallsInHead, Trouble::kStallsInBody,
                                       Trouble::kTrickles, Trouble::kResets, Trouble::kResets, Trouble::kEndsEarly});
  return drawn == Trouble::kUnasked304 && !work.has(Fault::kUnasked304) ? Trouble::kNone : drawn;
}

Pace Pace::draw(Trouble trouble, std::uint64_t size, Random& random) {
  constexpr std::uint64_t kWellAboveTrickling = 8'000;  // bytes a second
  Pace pace;
  switch (trouble) {
    case Trouble::kTrickles:
      pace.block = random.one_of<std::uint64_t>({700, 3'000});
      pace.pause = seconds(1);
      break;
    case Trouble::kDribbles:
      pace.block = random.one_of<std::uint64_t>({6'000, 20'000});
      pace.pause = seconds(1);
      pace.slow_for = random.time(seconds(5), seconds(40));
      break;
    case Trouble::kTakesLong:
      pace.block = std::max(size / random.between(10, 60), kWellAboveTrickling);
      pace.pause = seconds(1);
      break;
    case Trouble::kEndless:
      pace.pause = milliseconds(random.one_of({100, 250, 1'000}));
      pace.block = random.one_of<std::uint64_t>({20'000, 64 * kKiB, 256 * kKiB});
      pace.gives_up_after = random.time(seconds(10), seconds(60));
      break;
    default: break;
  }
  return pace;
}

}  // namespace larder::simulation
