// NameTable: what the last lookups of host names came to, within bounds.
//
// Names with addresses and names without have a limit each, so that asking for names that do not exist pushes out
// others that do not exist, and never a name that is in use.
//
// Threads    none of its own: the caller's lock.
// Cost       a hash look-up and a step in a list.
#pragma once

#include <cstddef>
#include <list>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/clock.h"
#include "core/result.h"
#include "net/address.h"

namespace larder::origin {

class NameTable {
 public:
  struct Limits {
    std::size_t known = 10'000;   // names with addresses: those not asked for the longest go first
    std::size_t unknown = 2'000;  // names without: the oldest failures go first
  };

  struct Entry {
    std::vector<net::IpAddress> addresses;  // of the last lookup that found some
    SteadyTime found_at;
    std::optional<Error> failure;                   // of the last lookup
    SteadyTime doubtful_until = SteadyTime::min();  // by lookups that took long
    SteadyTime ask_again_at;

    bool is_known() const { return !addresses.empty(); }
  };

  /// REQUIRES: both limits are at least 1.
  explicit NameTable(Limits limits) : limits_(limits) {}

  /// Null: nothing is known. Counts as a use of the name. Valid until the next put().
  const Entry* find(const std::string& host);

  /// Replaces what is known of `host`, and forgets another name of the same kind if there are too many.
  void put(const std::string& host, Entry entry);

  std::size_t known() const { return known_.size(); }
  std::size_t unknown() const { return unknown_.size(); }

 private:
  using Order = std::list<std::string>;  // the first one goes first
  struct Slot {
    Entry entry;
    Order::iterator place;
  };

  Order& order_of(const Entry& entry) { return entry.is_known() ? known_ : unknown_; }
  void shrink(Order& order, std::size_t limit);

  const Limits limits_;
  std::unordered_map<std::string, Slot> slots_;
  Order known_;
  Order unknown_;
};

}  // namespace larder::origin
