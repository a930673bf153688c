// LookupQueue: which host name is looked up next.
//
// A lookup of a name that does not exist, or whose name server is gone, may hold a thread for half a minute. So names
// go by lanes, each with its own queue and its own share of the threads: names that were found soon the last time
// always find a thread, whatever else is asked for.
//
// Threads    none of its own: the caller's lock.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <utility>

namespace larder::origin {

/// What the last lookup of a name came to.
enum class Standing {
  kProven,    // found, and soon
  kDoubtful,  // found before, but the last lookup failed or took long
  kUnknown,   // no address yet
};

class LookupQueue {
 public:
  struct Lane {
    std::size_t at_once;  // lookups that run
    std::size_t queued;   // lookups that wait for their turn
  };
  struct Next {
    std::string host;
    Standing standing;
  };
  using Lanes = std::array<Lane, 3>;  // by Standing

  explicit LookupQueue(const Lanes& lanes) {
    std::ranges::transform(lanes, states_.begin(), [](const Lane& lane) { return State{lane, 0, {}}; });
  }

  /// False if the lane is full: the lookup is not made.
  bool add(Standing standing, std::string host) {
    State& state = at(standing);
    if (state.running >= state.lane.at_once && state.hosts.size() >= state.lane.queued) return false;
    state.hosts.push_back(std::move(host));
    return true;
  }

  /// The lookup to start now; it runs until ended() is called with its standing.
  std::optional<Next> next() {
    for (const Standing standing : {Standing::kProven, Standing::kDoubtful, Standing::kUnknown}) {
      State& state = at(standing);
      if (state.hosts.empty() || state.running >= state.lane.at_once) continue;
      ++state.running;
      Next next{std::move(state.hosts.front()), standing};
      state.hosts.pop_front();
      return next;
    }
    return std::nullopt;
  }

  void ended(Standing standing) { --at(standing).running; }

 private:
  struct State {
    Lane lane;
    std::size_t running = 0;
    std::deque<std::string> hosts;
  };

  State& at(Standing standing) { return states_[static_cast<std::size_t>(standing)]; }

  std::array<State, 3> states_;
};

}  // namespace larder::origin
