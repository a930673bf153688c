// FairQueue: what waits for one of few places, where every party has a share of the queue and all take turns: groups
// (sites), and within them parties (networks that one stranger may have many of).
//
// Whoever waits alone waits for at most one of each other group, however much those have here. However full it is, a
// group that has nothing in it finds a place, unless nobody has more than one: that of the last one of the group that
// has the most.
//
// Threads    none of its own: callers lock.
#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/turns.h"

namespace larder {

template <class T>
class FairQueue {
 public:
  struct Limits {
    std::size_t all;
    std::size_t of_party;
    std::size_t of_group;
  };
  struct Party {
    std::string name;
    std::string group;
  };
  struct Pushed {
    bool entered = false;
    std::optional<T> displaced{};  // waits no longer: `item` has its place
    explicit operator bool() const { return entered; }
  };

  explicit FairQueue(Limits limits) : limits_(limits) {}

  /// Not entered: the queue is full, or the share of the party or of its group.
  Pushed push(const Party& party, T item) {
    const Group* const group = groups_.find(party.group);
    const Line* const line = group == nullptr ? nullptr : group->find(party.name);
    if (limits_.of_party == 0 || (line != nullptr && line->size() >= limits_.of_party)) return {};
    if (size_of(party.group) >= limits_.of_group) return {};
    Pushed pushed{.entered = true};
    if (size_ >= limits_.all) {
      if (group == nullptr) pushed.displaced = take_last_of_most();
      if (!pushed.displaced) return {};
    }
    groups_.of(party.group).of(party.name).push_back(std::move(item));
    ++sizes_[party.group];
    ++size_;
    return pushed;
  }

  /// What is next; nullopt: nothing waits.
  std::optional<T> pop() {
    if (groups_.empty()) return std::nullopt;
    forget(groups_.first_key());
    Group& group = groups_.first();
    Line& line = group.first();
    T next = std::move(line.front());
    line.pop_front();
    group.pass();
    groups_.pass();
    return next;
  }

  /// Takes `item` of `party` out; false: it is not in the queue (any more).
  bool remove(const Party& party, const T& item) {
    if (groups_.find(party.group) == nullptr) return false;
    Group& group = groups_.of(party.group);
    if (group.find(party.name) == nullptr) return false;
    Line& line = group.of(party.name);
    const auto found = std::ranges::find(line, item);
    if (found == line.end()) return false;
    line.erase(found);
    drop_empty(party);
    return true;
  }

  /// Empties it; what waited, in no particular order.
  std::vector<T> clear() {
    std::vector<T> all;
    while (auto next = pop()) all.push_back(*std::move(next));
    return all;
  }

  std::size_t size() const { return size_; }

 private:
  using Line = std::deque<T>;
  using Group = Turns<std::string, Line>;

  std::size_t size_of(const std::string& group) const {
    const auto found = sizes_.find(group);
    return found == sizes_.end() ? 0 : found->second;
  }

  /// nullopt: nobody has more than one.
  std::optional<T> take_last_of_most() {
    const auto most = std::ranges::max_element(sizes_, {}, [](const auto& group) { return group.second; });
    if (most == sizes_.end() || most->second < 2) return std::nullopt;
    Party party{.name = "", .group = most->first};
    std::size_t longest = 0;
    Group& group = groups_.of(party.group);
    group.each([&](const std::string& name, const Line& line) {
      if (line.size() <= longest) return;
      longest = line.size();
      party.name = name;
    });
    Line& line = group.of(party.name);
    T last = std::move(line.back());
    line.pop_back();
    drop_empty(party);
    return last;
  }

  /// One of `party` has gone from its line.
  void drop_empty(const Party& party) {
    groups_.of(party.group).drop_empty(party.name);
    groups_.drop_empty(party.group);
    forget(party.group);
  }

  void forget(const std::string& group) {
    const auto found = sizes_.find(group);
    if (--found->second == 0) sizes_.erase(found);
    --size_;
  }

  Limits limits_;
  std::size_t size_ = 0;
  Turns<std::string, Group> groups_;          // of whom something waits
  std::map<std::string, std::size_t> sizes_;  // how much
};

}  // namespace larder
