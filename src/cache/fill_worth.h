// Whether a fill goes on: for whom, and for how much.
//
// Threads    pure functions.
// Source     docs/decisions/0015-one-partys-fault.md.
#pragma once

#include <chrono>
#include <cstdint>

#include "core/clock.h"

namespace larder::cache {

// FillStanding: who is there, and what is left.
struct FillStanding {
  bool awaited = false;   // somebody waits for its round, or for bytes of it
  bool only_now = false;  // no other response would bring the rest, or the rest alone
  bool read = false;      // only_now: somebody reads the object, of what has come
  SteadyTime::duration unread_for{};
  bool asked_ahead = false;  // the next bytes were asked for although nobody waits for them yet
  std::uint64_t left = 0;    // kUnknownTotal: its end is not told
  std::uint64_t received = 0;
};

/// A client that asks for one range after the other is back within this.
inline constexpr auto kComesBack = std::chrono::seconds(3);
/// So much is finished for nobody, or as much again as was brought for somebody.
inline constexpr std::uint64_t kWorthFinishing = 16 << 20;

/// Whether somebody waits, or will: whoever reads what has come of a response that no other can continue wants the
/// rest.
bool is_for_somebody(const FillStanding& fill);
/// Whether it is worth going on, if it does not come too slowly.
bool goes_on(const FillStanding& fill);

}  // namespace larder::cache
