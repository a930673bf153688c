// Connection shares: who may have how many of the connections that an origin may have.
//
// A connection is taken for a run of several MiB, and the next first byte cannot wait for its end. So what is less
// urgent never gets all of them; nor does one client, whatever it asks for.
//
// Threads    values and pure functions.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <unordered_map>

#include "origin/turn.h"

namespace larder::origin {

/// kOneClient: for one client alone, and as slow as that client reads.
enum class Use { kShared, kOneClient };
inline constexpr std::size_t kUses = 2;

/// What a connection is counted as, from when it is taken until it is given up.
struct Purpose {
  Use use = Use::kShared;
  Urgency urgency = Urgency::kFirstByte;
  std::uint64_t client = 0;  // stands for who asked first; 0: nobody in particular
};

struct TakenConnections {
  std::size_t all = 0;
  std::size_t for_one_client = 0;  // of those
  std::size_t read_ahead = 0;      // of those
  /// Of those, by client and Use. Who has none is not in it.
  std::unordered_map<std::uint64_t, std::array<std::size_t, kUses>> by_client{};

  void add(Purpose purpose);
  void remove(Purpose purpose);
  /// Of this client, for every use.
  std::size_t of_client(std::uint64_t client) const;
};

/// Whether the client of `purpose` has as many connections for its use as one client may have, of `limit` in all: half
/// of what there is for that use; and of what is for one client alone, which is held for as long as that one reads, no
/// more than are free: however many clients take what they get, who has none finds one. Never that of client 0.
bool has_its_share(const TakenConnections& taken, std::size_t limit, Purpose purpose);

/// Whether one more may be taken, of `limit` (at least 1) in all. What is for one client alone gets half of them; what
/// is read ahead gets half of them; one client gets half of either; and the last eighth (of two or more: at least one)
/// is for first bytes.
bool may_take(const TakenConnections& taken, std::size_t limit, Purpose purpose);

}  // namespace larder::origin
