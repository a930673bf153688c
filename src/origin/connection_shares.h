// Connection shares: who may have how many of the connections that an origin may have.
//
// A connection is taken for a run of several MiB, and the next first byte cannot wait for its end. So what is less
// urgent never gets all of them.
//
// Threads    values and pure functions.
#pragma once

#include <cstddef>

#include "origin/turn.h"

namespace larder::origin {

/// kOneClient: for one client alone, and as slow as that client reads.
enum class Use { kShared, kOneClient };

/// What a connection is counted as, from when it is taken until it is given up.
struct Purpose {
  Use use = Use::kShared;
  Urgency urgency = Urgency::kFirstByte;
};

struct TakenConnections {
  std::size_t all = 0;
  std::size_t for_one_client = 0;  // of those
  std::size_t read_ahead = 0;      // of those

  void add(Purpose purpose);
  void remove(Purpose purpose);
};

/// Whether one more may be taken, of `limit` (at least 1) in all. What is for one client alone gets half of them; what
/// is read ahead gets half of them; and the last eighth is for first bytes.
bool may_take(const TakenConnections& taken, std::size_t limit, Purpose purpose);

}  // namespace larder::origin
