// LookupQueue: which host name is looked up next.
//
// A lookup of a name that does not exist, or whose name server is gone, may hold a thread for half a minute. So names
// go by lanes, each with its own queue and its own share of the threads: names that were found soon the last time
// always find a thread, whatever else is asked for, and so do names that a content rule names. Within a lane, domains
// take turns, and none of them has more than half of the lane.
//
// Threads    none of its own: the caller's lock.
// Cost       a hash look-up or two.
#pragma once

#include <array>
#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace larder::origin {

/// Whose name it is, and what its last lookups came to.
enum class Standing {
  kProven,    // found, and soon
  kNamed,     // not proven, but a content rule names it: there are as many as the operator has written down
  kDoubtful,  // found before, but the last lookup failed, or one took long within the last hour
  kUnknown,   // no address yet
};
inline constexpr std::size_t kStandings = 4;

/// The last two labels of `host`: what one owner has, more or less. (All of "co.uk" counts as one.)
std::string_view domain_of(std::string_view host);

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
  using Lanes = std::array<Lane, kStandings>;  // by Standing

  explicit LookupQueue(const Lanes& lanes);

  /// False if the lane, or the half of it that a domain may have, is full: the lookup is not made.
  bool add(Standing standing, std::string host);

  /// The lookup to start now; it runs until it is given to ended().
  std::optional<Next> next();
  void ended(const Next& lookup);

 private:
  struct Domain {
    std::size_t running = 0;
    std::deque<std::string> hosts;
  };
  struct State {
    Lane lane{};
    std::size_t running = 0;
    std::size_t queued = 0;
    std::unordered_map<std::string, Domain> domains;  // with something that runs or is queued
    std::deque<std::string> turns;                    // domains that have something queued and may have one more run

    bool may_run_one_more(const Domain& domain) const;
  };

  State& at(Standing standing) { return states_[static_cast<std::size_t>(standing)]; }

  std::array<State, kStandings> states_;
};

}  // namespace larder::origin
