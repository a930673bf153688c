// FairQueue: what waits for one of few places, where every party has a share of the queue and all parties take turns.
//
// Whoever waits alone waits for at most one of each other party, however many those have here. Parties of one group
// (networks that one stranger may have many of) have a common share too.
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

  explicit FairQueue(Limits limits) : limits_(limits) {}

  /// False: the queue is full, or the share of the party or of its group; `item` is not in it.
  bool push(const Party& party, T item) {
    const auto known = parties_.find(party.name);
    if (known != parties_.end() && known->second.size() >= limits_.of_party) return false;
    if (size_ >= limits_.all || limits_.of_party == 0 || group_size(party.group) >= limits_.of_group) return false;
    std::deque<Item>& items = parties_[party.name];
    if (items.empty()) turns_.push_back(party.name);
    items.push_back({std::move(item), party.group});
    ++groups_[party.group];
    ++size_;
    return true;
  }

  /// What is next; nullopt: nothing waits.
  std::optional<T> pop() {
    if (turns_.empty()) return std::nullopt;
    const auto party = parties_.find(turns_.front());
    turns_.pop_front();
    Item next = std::move(party->second.front());
    party->second.pop_front();
    forget(next.group);
    if (party->second.empty()) {
      parties_.erase(party);
    } else {
      turns_.push_back(party->first);
    }
    return std::move(next.value);
  }

  /// Takes `item` of `party` out; false: it is not in the queue (any more).
  bool remove(const Party& party, const T& item) {
    const auto known = parties_.find(party.name);
    if (known == parties_.end()) return false;
    std::deque<Item>& items = known->second;
    const auto found = std::ranges::find_if(items, [&](const Item& one) { return one.value == item; });
    if (found == items.end()) return false;
    forget(found->group);
    items.erase(found);
    if (items.empty()) {
      std::erase(turns_, party.name);
      parties_.erase(known);
    }
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
  struct Item {
    T value;
    std::string group;
  };

  std::size_t group_size(const std::string& group) const {
    const auto found = groups_.find(group);
    return found == groups_.end() ? 0 : found->second;
  }

  void forget(const std::string& group) {
    const auto found = groups_.find(group);
    if (--found->second == 0) groups_.erase(found);
    --size_;
  }

  Limits limits_;
  std::size_t size_ = 0;
  std::map<std::string, std::deque<Item>> parties_;  // those of whom something waits
  std::deque<std::string> turns_;                    // the same, the next one first
  std::map<std::string, std::size_t> groups_;        // how much of each waits
};

}  // namespace larder
